import { parse } from "yaml";
import type { ControlPlane } from "./control-plane";

interface Kubeconfig {
    readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

/** A kubeconfig with a token of a ServiceAccount: its rights are those of the account's pods. */
export async function accountKubeconfig(plane: ControlPlane, namespace: string, account: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const { status } = await plane.client.request<{ status: { token: string } }>("POST", path, { body });
    const { clusters } = parse(plane.kubeconfig) as Kubeconfig;
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "test",
        contexts: [{ name: "test", context: { cluster: "test", user: "account" } }],
        clusters,
        users: [{ name: "account", user: { token: status.token } }],
    });
}
