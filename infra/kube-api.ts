import { request } from "node:https";
import { readKubeconfig, type ApiAccess } from "./kubeconfig";

/** What the API server answered. */
export interface ApiAnswer {
    readonly status: number;
    readonly body: string;
}

/** What the API server or the way to it said instead of an answer. */
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
 * Asks for one path, once.
 * @param timeoutMs for the whole exchange
 * @throws ApiError when there is no answer within that time
 */
export function ask(access: ApiAccess, path: string, timeoutMs: number): Promise<ApiAnswer> {
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

/** The objects of a list. @param body JSON of the API server */
export function itemsOf(body: string): readonly unknown[] {
    const items = record(JSON.parse(body))["items"];
    return Array.isArray(items) ? items : [];
}

/** The fields of an object; of anything else, none. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
