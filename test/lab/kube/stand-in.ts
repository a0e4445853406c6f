import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { KubeClient } from "../../../lab/kube/client";
import { createAuthority, issueCertificate } from "../../../lab/pki/certificate";

/** A server that its client takes for an API server. */
export interface StandIn {
    readonly client: KubeClient;
    stop(): Promise<void>;
}

export async function standIn(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<StandIn> {
    const authority = await createAuthority("test");
    const own = await issueCertificate(authority, {
        ...{ commonName: "api", ipAddresses: ["127.0.0.1"], usages: ["server"] },
    });
    const server = createServer({ cert: own.certificate, key: own.key }, answer);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const client = KubeClient.fromKubeconfig(kubeconfig(urlOf(server), authority.certificate));
    return {
        client,
        stop: async () => {
            client.close();
            await new Promise((done) => server.close(done));
        },
    };
}

export function urlOf(server: Server): string {
    const bound = server.address();
    return `https://127.0.0.1:${typeof bound === "object" && bound ? bound.port : 0}`;
}

/** With a token and the certificate of the authority, as text. */
export function kubeconfig(server: string, ca: string): string {
    return JSON.stringify({
        "current-context": "x",
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        clusters: [
            { name: "c", cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
        ],
        users: [{ name: "u", user: { token: "t" } }],
    });
}
