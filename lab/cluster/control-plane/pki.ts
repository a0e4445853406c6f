import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { createAuthority, issueCertificate, type KeyPair } from "../../pki/certificate";
import type { ControlPlaneOptions } from "./options";

/** Authorities of a cluster, and the folder in which its certificates and keys lie. */
export interface Pki {
    readonly serverCa: KeyPair;
    readonly clientCa: KeyPair;
    readonly directory: string;
}

export async function writePki({ paths, config, console }: ControlPlaneOptions): Promise<Pki> {
    const directory = join(paths.cluster, "tls");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const authority = async (name: string): Promise<KeyPair> => {
        const certificate = config.tls[`${name}.crt`];
        const key = config.tls[`${name}.key`];
        const file = (ending: string) => join(directory, `${name}.${ending}`);
        const keep = (pair: KeyPair) => {
            writeFileSync(file("crt"), pair.certificate);
            writeFileSync(file("key"), pair.key, { mode: 0o600 });
            return pair;
        };
        if (certificate && key) return keep({ certificate, key });
        console(
            `level=info msg="certificate CN=k3s-${name} self-signed" (no ${name}.crt with its key was given: kubeconfigs and tokens made elsewhere do not fit)`,
        );
        // What k3s made at its first start stays on its disk.
        if (existsSync(file("crt")) && existsSync(file("key")))
            return { certificate: readFileSync(file("crt"), "utf8"), key: readFileSync(file("key"), "utf8") };
        return keep(await createAuthority(`k3s-${name}@lab`));
    };
    const serverCa = await authority("server-ca");
    const clientCa = await authority("client-ca");
    const proxy = await issueCertificate(await authority("request-header-ca"), {
        commonName: "system:auth-proxy",
        usages: ["client"],
    });
    writeFileSync(join(directory, "proxy-client.crt"), proxy.certificate);
    writeFileSync(join(directory, "proxy-client.key"), proxy.key, { mode: 0o600 });
    const serviceKey = join(directory, "service.key");
    const given = config.tls["service.key"];
    if (given !== undefined || !existsSync(serviceKey))
        writeFileSync(serviceKey, given ?? newServiceKey(), { mode: 0o600 });
    return { serverCa, clientCa, directory };
}

function newServiceKey(): string {
    return generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
}

export async function componentKubeconfig(name: string, url: string, pki: Pki): Promise<string> {
    const pair = await issueCertificate(pki.clientCa, { commonName: `system:${name}`, usages: ["client"] });
    const file = join(pki.directory, `${name}.kubeconfig`);
    writeFileSync(file, kubeconfigText(url, pki.serverCa.certificate, pair), { mode: 0o600 });
    return file;
}

export function kubeconfigText(server: string, ca: string, user: KeyPair): string {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "lab",
        clusters: [{ name: "lab", cluster: { server, "certificate-authority-data": base64(ca) } }],
        contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
        users: [
            {
                name: "lab",
                user: { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
            },
        ],
    });
}
