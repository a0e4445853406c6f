import { stringify } from "yaml";

/** How an administrator reaches the cluster. */
export interface KubeconfigParts {
    /** Name of cluster, user and context. */
    readonly clusterName: string;
    /** `https://<address>:6443`. */
    readonly server: string;
    readonly authorityPem: string;
    readonly certificatePem: string;
    readonly keyPem: string;
}

function base64(text: string): string {
    return Buffer.from(text, "utf8").toString("base64");
}

/** The kubeconfig as YAML. It holds a key: keep it secret. */
export function kubeconfig(parts: KubeconfigParts): string {
    const name = parts.clusterName;
    return stringify(
        {
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                { name, cluster: { server: parts.server, "certificate-authority-data": base64(parts.authorityPem) } },
            ],
            users: [
                {
                    name,
                    user: {
                        "client-certificate-data": base64(parts.certificatePem),
                        "client-key-data": base64(parts.keyPem),
                    },
                },
            ],
            contexts: [{ name, context: { cluster: name, user: name } }],
            "current-context": name,
        },
        { lineWidth: 0 },
    );
}
