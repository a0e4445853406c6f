import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { decoded } from "./cluster/certificates/issuers";
import type { SecretObject } from "./cluster/certificates/objects";
import type { KubeClient, KubeObject } from "./kube/client";
import type { LabPaths } from "./paths";

interface TlsStore extends KubeObject {
    spec: { defaultCertificate?: { secretName?: string } };
}

/**
 * Writes down whom a browser has to trust for the house's pages: what is beside the certificate that Traefik answers with.
 * @returns the path of the file; `undefined` where nothing is signed yet, or by somebody whom browsers trust anyway.
 */
export async function keepAuthority(client: KubeClient, paths: LabPaths): Promise<string | undefined> {
    const stores = await client.find<{ items: TlsStore[] }>("/apis/traefik.io/v1alpha1/tlsstores");
    const store = stores?.items.find(({ metadata }) => metadata.name === "default");
    const name = store?.spec.defaultCertificate?.secretName;
    if (name === undefined) return undefined;
    const secret = await client.find<SecretObject>(
        `/api/v1/namespaces/${store?.metadata.namespace ?? ""}/secrets/${name}`,
    );
    const authority = decoded(secret, "ca.crt");
    if (authority === "") return undefined;
    const file = paths.houseAuthority;
    if (!existsSync(file) || readFileSync(file, "utf8") !== authority) writeFileSync(file, authority);
    return file;
}
