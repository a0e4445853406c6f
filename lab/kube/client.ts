import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { parse } from "yaml";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Any Kubernetes object; `spec`, `status` and the like lie beside the three known fields. */
export interface KubeObject {
    apiVersion?: string;
    kind?: string;
    metadata: KubeMetadata;
    [field: string]: unknown;
}

export interface KubeMetadata {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
    managedFields?: unknown[];
}

/** An answer of the API server other than 2xx, in Kubernetes' own words. */
export class KubeError extends Error {
    constructor(
        message: string,
        /** HTTP status code. */
        readonly status: number,
        /** Machine-readable word, for example `NotFound` or `Conflict`. */
        readonly reason: string,
        /** `details.causes` of the `Status` object: field, reason, message. */
        readonly causes: readonly { field?: string; reason?: string; message?: string }[] = [],
    ) {
        super(message);
        this.name = "KubeError";
    }
}

/** The API server did not answer at all. */
export class KubeUnreachableError extends Error {
    constructor(
        readonly server: string,
        cause: Error,
    ) {
        super(`the Kubernetes API server at ${server} does not answer: ${cause.message}`, { cause });
        this.name = "KubeUnreachableError";
    }
}

export interface KubeRequest {
    readonly query?: Readonly<Record<string, string | undefined>>;
    /** Sent as JSON. */
    readonly body?: unknown;
    /** Default `application/json`; for patches `application/apply-patch+yaml`, `application/merge-patch+json`, ... */
    readonly contentType?: string;
    /** Time without any byte from the server, in milliseconds; default 30,000. */
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
    /** Gets each warning that the API server sends along, for example about a deprecated version. */
    readonly onWarning?: (text: string) => void;
}

export type WatchEvent<T> = { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T };

interface Kubeconfig {
    "current-context"?: string;
    contexts?: { name: string; context: { cluster: string; user: string } }[];
    clusters?: {
        name: string;
        cluster: {
            server: string;
            "certificate-authority-data"?: string;
            "insecure-skip-tls-verify"?: boolean;
            "tls-server-name"?: string;
        };
    }[];
    users?: {
        name: string;
        user: { "client-certificate-data"?: string; "client-key-data"?: string; token?: string };
    }[];
}

/** Server-side apply. */
const APPLY = "application/apply-patch+yaml";

/** A Kubernetes client small enough to read: JSON over HTTPS with kept-alive connections. */
export class KubeClient {
    private readonly agent: Agent;
    /** Watches hold their connection: they must not take those of ordinary requests. */
    private readonly watchAgent: Agent;

    private constructor(
        /** `https://address:port` of the API server. */
        readonly server: string,
        private readonly token: string | undefined,
        tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string; rejectUnauthorized: boolean },
    ) {
        this.agent = new Agent({ keepAlive: true, maxSockets: 64, ...tls });
        this.watchAgent = new Agent({ keepAlive: true, ...tls });
    }

    /**
     * @param text a kubeconfig with inline certificates or a token.
     * @throws Error naming the part that is missing.
     */
    static fromKubeconfig(text: string, contextName?: string): KubeClient {
        const config = (parse(text) ?? {}) as Kubeconfig;
        const wanted = contextName ?? config["current-context"];
        const context = config.contexts?.find((c) => c.name === wanted)?.context;
        if (!context) throw new Error(`kubeconfig: context "${wanted ?? ""}" is not there`);
        const cluster = config.clusters?.find((c) => c.name === context.cluster)?.cluster;
        if (!cluster) throw new Error(`kubeconfig: cluster "${context.cluster}" is not there`);
        const user = config.users?.find((u) => u.name === context.user)?.user ?? {};
        const decode = (data: string | undefined) => (data ? Buffer.from(data, "base64") : undefined);
        const ca = decode(cluster["certificate-authority-data"]);
        const cert = decode(user["client-certificate-data"]);
        const key = decode(user["client-key-data"]);
        const servername = cluster["tls-server-name"];
        return new KubeClient(cluster.server.replace(/\/+$/, ""), user.token, {
            ...(ca && { ca }),
            ...(cert && { cert }),
            ...(key && { key }),
            ...(servername && { servername }),
            rejectUnauthorized: !cluster["insecure-skip-tls-verify"],
        });
    }

    /** @throws KubeError for an answer other than 2xx, KubeUnreachableError where there is no answer. */
    async request<T = KubeObject>(method: string, path: string, options: KubeRequest = {}): Promise<T> {
        const response = await this.open(method, path, options);
        const text = await readAll(response);
        const status = response.statusCode ?? 0;
        if (options.onWarning) warnings(response).forEach(options.onWarning);
        if (status >= 200 && status < 300) return (text === "" ? undefined : parseBody(text, response)) as T;
        throw statusError(text, status, method, path);
    }

    get<T = KubeObject>(path: string, options: KubeRequest = {}): Promise<T> {
        return this.request<T>("GET", path, options);
    }

    /** Gives `undefined` where the object is not there. */
    async find<T = KubeObject>(path: string, options: KubeRequest = {}): Promise<T | undefined> {
        try {
            return await this.request<T>("GET", path, options);
        } catch (error) {
            if (error instanceof KubeError && error.status === 404) return undefined;
            throw error;
        }
    }

    /** Server-side apply. */
    apply<T = KubeObject>(path: string, body: unknown, fieldManager: string, force = true): Promise<T> {
        return this.request<T>("PATCH", path, {
            body,
            contentType: APPLY,
            query: { fieldManager, force: String(force) },
        });
    }

    /**
     * Events of one collection from `resourceVersion` on. Ends when the server ends the watch or the signal aborts.
     * @throws KubeError 410 when the version is too old: list again.
     */
    async *watch<T = KubeObject>(
        path: string,
        resourceVersion: string | undefined,
        signal: AbortSignal,
        query: Readonly<Record<string, string | undefined>> = {},
    ): AsyncGenerator<WatchEvent<T>> {
        const response = await this.open("GET", path, {
            query: { ...query, watch: "1", allowWatchBookmarks: "true", resourceVersion },
            timeoutMs: 0,
            signal,
        });
        const status = response.statusCode ?? 0;
        if (status !== 200) throw statusError(await readAll(response), status, "WATCH", path);
        try {
            for await (const line of createInterface({ input: response })) {
                const event = JSON.parse(line) as { type: string; object: unknown };
                if (event.type === "ERROR") throw statusError(JSON.stringify(event.object), 410, "WATCH", path);
                yield event as WatchEvent<T>;
            }
        } catch (error) {
            if (!signal.aborted) throw error;
        } finally {
            response.destroy();
        }
    }

    close(): void {
        this.agent.destroy();
        this.watchAgent.destroy();
    }

    private open(method: string, path: string, options: KubeRequest): Promise<IncomingMessage> {
        const url = new URL(this.server + path);
        for (const [name, value] of Object.entries(options.query ?? {}))
            if (value !== undefined) url.searchParams.set(name, value);
        const payload = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
        const settings: RequestOptions = {
            method,
            agent: options.timeoutMs === 0 ? this.watchAgent : this.agent,
            headers: {
                accept: "application/json",
                ...(this.token && { authorization: `Bearer ${this.token}` }),
                ...(payload && {
                    "content-type": options.contentType ?? "application/json",
                    "content-length": payload.length,
                }),
            },
            ...(options.signal && { signal: options.signal }),
        };
        return new Promise((done, fail) => {
            const request = httpsRequest(url, settings, done);
            const timeoutMs = options.timeoutMs ?? 30_000;
            if (timeoutMs > 0)
                request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
            request.on("error", (error) => {
                if (options.signal?.aborted) fail(error);
                // A kept connection can end in the moment in which it is taken again, as when a shared address moves.
                else if (request.reusedSocket && wasReset(error) && isRepeatable(method, options))
                    this.open(method, path, options).then(done, fail);
                else fail(new KubeUnreachableError(this.server, error));
            });
            request.end(payload);
        });
    }
}

function wasReset(error: NodeJS.ErrnoException): boolean {
    return error.code === "ECONNRESET" || error.code === "EPIPE";
}

/** Whether it does no harm that the server may have heard the request already. */
function isRepeatable(method: string, { contentType }: KubeRequest): boolean {
    return method === "GET" || contentType === APPLY;
}

/** Texts of `Warning: 299 - "text"` headers (RFC 9110). */
function warnings(response: IncomingMessage): string[] {
    const header = response.headers["warning"] ?? "";
    return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => (text ?? "").replace(/\\(.)/g, "$1"));
}

function parseBody(text: string, response: IncomingMessage): unknown {
    return response.headers["content-type"]?.startsWith("application/json") ? JSON.parse(text) : text;
}

async function readAll(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
}

function statusError(text: string, status: number, method: string, path: string): KubeError {
    try {
        const body = JSON.parse(text) as {
            message?: string;
            reason?: string;
            code?: number;
            details?: { causes?: { field?: string; reason?: string; message?: string }[] };
        };
        const message = body.message ?? text;
        return new KubeError(message, body.code ?? status, body.reason ?? "", body.details?.causes ?? []);
    } catch {
        return new KubeError(`${method} ${path}: ${status} ${text.slice(0, 500)}`, status, "");
    }
}
