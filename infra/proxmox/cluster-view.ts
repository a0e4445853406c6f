import { request, type RequestOptions } from "node:https";
import * as tls from "node:tls";

/** How to reach the API of Proxmox; the token is plain here and goes into a header only. */
export interface ProxmoxApi {
    /** `https://<host>:8006/`. */
    readonly endpoint: string;
    readonly insecure: boolean;
    readonly apiToken: string;
}

/** A virtual machine or a container: both take their ids from one pool, for the whole cluster. */
export interface Guest {
    readonly id: number;
    readonly kind: "VM" | "container";
    readonly name: string;
    readonly host: string;
    readonly tags: readonly string[];
}

/** What a Proxmox cluster consists of, as far as the token may see it; hosts that are off are in it too. */
export interface ClusterView {
    readonly hosts: readonly { readonly name: string; readonly datastores: readonly string[] }[];
    readonly guests: readonly Guest[];
}

/** Asks a Proxmox cluster what it consists of. @throws ProxmoxApiError */
export type Observe = (api: ProxmoxApi) => Promise<ClusterView>;

/** Proxmox, or the way to it, did not give the answer. */
export class ProxmoxApiError extends Error {
    constructor(
        message: string,
        /** `refused`: it answered, and trying again does not help. */
        readonly kind: "away" | "refused",
    ) {
        super(message);
        this.name = "ProxmoxApiError";
    }
}

const TIMEOUT_MS = 5_000;

/** One request, to any host: the list is replicated to all of them. */
export const observeCluster: Observe = async (api) => {
    const { status, reason, body } = await get(api, "/api2/json/cluster/resources");
    if (status === 401) throw new ProxmoxApiError(`it does not accept the API token (${reason})`, "refused");
    if (status !== 200) throw new ProxmoxApiError(`it answers HTTP ${status} (${reason})`, "away");
    return clusterView(body);
};

/** Pure: reads the answer of `/cluster/resources`. */
export function clusterView(body: string): ClusterView {
    const data = record(JSON.parse(body))["data"];
    const entries = (Array.isArray(data) ? data : []).map(record);
    const ofType = (...types: string[]) => entries.filter(({ type }) => types.includes(String(type)));
    return {
        hosts: ofType("node").map(({ node }) => ({
            name: String(node),
            datastores: ofType("storage").flatMap((entry) =>
                entry["node"] === node ? [String(entry["storage"])] : [],
            ),
        })),
        guests: ofType("qemu", "lxc").map(({ vmid, type, name, node, tags }) => ({
            id: Number(vmid),
            kind: type === "lxc" ? "container" : "VM",
            name: typeof name === "string" ? name : "",
            host: String(node),
            // One text with semicolons; none at a guest without.
            tags: typeof tags === "string" ? tags.split(/[;, ]+/).filter((tag) => tag !== "") : [],
        })),
    };
}

function get(api: ProxmoxApi, path: string): Promise<{ status: number; reason: string; body: string }> {
    const options: RequestOptions = {
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { accept: "application/json", authorization: `PVEAPIToken=${api.apiToken}` },
        ...(api.insecure ? { rejectUnauthorized: false } : { ca: authorities() }),
    };
    return new Promise((resolve, reject) => {
        const fail = (error: NodeJS.ErrnoException): void => {
            const slow = error.name === "AbortError" || error.name === "TimeoutError";
            const words = slow ? `no answer within ${TIMEOUT_MS / 1000} s` : (error.code ?? error.message);
            reject(new ProxmoxApiError(words, "away"));
        };
        const sent = request(new URL(path, api.endpoint), options, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", fail);
            response.on("end", () =>
                resolve({
                    status: response.statusCode ?? 0,
                    // Proxmox says what is wrong in the reason of the status line.
                    reason: response.statusMessage ?? "",
                    body: Buffer.concat(chunks).toString("utf8"),
                }),
            );
        });
        sent.on("error", fail);
        sent.end();
    });
}

/** Those of the system too, as the provider has them: a house's own authority is installed there. */
function authorities(): string[] {
    // Node.js before 22.15 knows only its own.
    const known: { getCACertificates?: (kind: "default" | "system") => string[] } = tls;
    return known.getCACertificates === undefined
        ? [...tls.rootCertificates]
        : [...known.getCACertificates("default"), ...known.getCACertificates("system")];
}

function record(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
