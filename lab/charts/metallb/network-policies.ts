import type { KubeObject } from "../../kube/client";
import { valueAt } from "../../plain-values";
import { selectorOf, type MetalLbRelease } from "./names";

const POLICY = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" } as const;
const BOTH_WAYS = ["Ingress", "Egress"];

/** For the controller: a speaker is on its node's network. */
export function networkPolicies(release: MetalLbRelease): KubeObject[] {
    const setting = (name: string) => valueAt(release.values, `networkpolicies.${name}`);
    if (setting("enabled") !== true) return [];
    const denied = {
        ...POLICY,
        metadata: { name: "default-deny" },
        spec: { podSelector: {}, policyTypes: BOTH_WAYS },
    };
    const ports = (...names: readonly (string | number)[]) => names.map((port) => ({ protocol: "TCP", port }));
    const controller = {
        ...POLICY,
        metadata: { name: "controller" },
        spec: {
            podSelector: { matchLabels: selectorOf(release, "controller") },
            egress: [{ ports: ports(Number(setting("apiPort") ?? 6443)) }],
            ingress: [{ ports: ports("metricshttps", "webhook-server") }],
            policyTypes: BOTH_WAYS,
        },
    };
    return setting("defaultDeny") === true ? [denied, controller] : [controller];
}
