import { request } from "node:https";
import { readKubeconfig, type ApiAccess } from "../kubeconfig";

/** A node as the API server shows it, reduced to what the gate asks for. */
export interface ObservedNode {
    readonly name: string;
    readonly ready: boolean;
    /** Kubernetes' own words on why it is not ready. */
    readonly message: string;
    readonly labels: Readonly<Record<string, string>>;
}

export type { ApiAccess };

/** What the API server or the way to it said instead of a list of nodes. */
export class ApiError extends Error {
    constructor(
        message: string,
        /** `hopeless`: waiting does not help, for example a certificate of another cluster. */
        readonly kind: "away" | "hopeless",
    ) {
        super(message);
        this.name = "ApiError";
    }
}

/**
 * @param context of the kubeconfig; default: the one that it names as current
 * @throws Error when the kubeconfig is of no use by itself
 */
export function apiAccess(kubeconfig: string, context?: string): ApiAccess {
    const { access, problem } = readKubeconfig(kubeconfig, context);
    if (access === undefined) {
        throw new Error(`the kubeconfig ${problem}`);
    }
    return access;
}

/**
 * Lists the nodes, once.
 * @param timeoutMs for the whole exchange
 * @throws ApiError when there is no answer within that time, or no good one
 */
export async function listNodes(access: ApiAccess, timeoutMs: number): Promise<ObservedNode[]> {
    const { status, body } = await get(access, "/api/v1/nodes", timeoutMs);
    if (status === 401 || status === 403) {
        throw new ApiError(`it refuses our ${access.credentials.kind} (HTTP ${status})`, "hopeless");
    }
    if (status !== 200) {
        throw new ApiError(`it answers HTTP ${status}`, "away");
    }
    const items = record(JSON.parse(body))["items"];
    return (Array.isArray(items) ? items : []).map(observed);
}

function get(access: ApiAccess, path: string, timeoutMs: number): Promise<{ status: number; body: string }> {
    const { credentials } = access;
    return new Promise((resolve, reject) => {
        const fail = (error: NodeJS.ErrnoException): void => reject(toApiError(error, timeoutMs));
        const sent = request(
            new URL(path, access.server),
            {
                ca: access.authority,
                ...(credentials.kind === "certificate" ? { cert: credentials.certificate, key: credentials.key } : {}),
                agent: false,
                signal: AbortSignal.timeout(timeoutMs),
                headers: {
                    accept: "application/json",
                    ...(credentials.kind === "token" ? { authorization: `Bearer ${credentials.token}` } : {}),
                },
            },
            (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", fail);
                response.on("end", () =>
                    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
                );
            },
        );
        sent.on("error", fail);
        sent.end();
    });
}

/** Codes with which OpenSSL says that the other side is not who it should be. */
const FOREIGN = /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_|CERT_|ERR_TLS_CERT|ERR_SSL_TLSV1_ALERT_UNKNOWN_CA)/;

function toApiError(error: NodeJS.ErrnoException, timeoutMs: number): ApiError {
    if (error.name === "AbortError" || error.name === "TimeoutError") {
        return new ApiError(`no answer within ${timeoutMs / 1000} s`, "away");
    }
    if (FOREIGN.test(error.code ?? "")) {
        return new ApiError(`another cluster answers there (${error.code ?? ""}: ${error.message})`, "hopeless");
    }
    return new ApiError(error.code ?? error.message, "away");
}

function observed(item: unknown): ObservedNode {
    const metadata = record(record(item)["metadata"]);
    const conditions = record(record(item)["status"])["conditions"];
    const ready = (Array.isArray(conditions) ? conditions : []).map(record).find(({ type }) => type === "Ready");
    const words = [ready?.["reason"], ready?.["message"]].filter((word) => typeof word === "string");
    return {
        name: text(metadata["name"]),
        ready: ready?.["status"] === "True",
        message: words.join(": ") || "its kubelet has reported nothing yet",
        labels: Object.fromEntries(Object.entries(record(metadata["labels"] ?? {})).map(([k, v]) => [k, text(v)])),
    };
}

function record(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}
