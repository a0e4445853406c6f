import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { KeyPair } from "../pki/certificate";
import type { Access } from "./access";
import { ApiError, failure, permissionError } from "./api-error";
import { NO_PARAMETERS, verify, type Parameters, type RawParameters, type Schema } from "./parameters";

/** What a route needs; `{name}` in a path is the parameter. All of a list must hold. */
export type Permission =
    | "world"
    | "any"
    | "root"
    | readonly { readonly path: string; readonly all?: readonly string[]; readonly any?: readonly string[] }[];

export interface ApiRequest {
    readonly parameters: Parameters;
    /** `user@realm`, or `user@realm!token`; empty where nobody had to log in. */
    readonly user: string;
    readonly access: Access;
}

/** One method of the API. */
export interface Route {
    readonly method: "GET" | "POST" | "PUT" | "DELETE";
    /** `/nodes/{node}/qemu/{vmid}/config`. */
    readonly path: string;
    readonly permission: Permission;
    /** Default: none but those of the path. */
    readonly parameters?: Schema;
    /** Answers `data`. @throws ApiError */
    handle(request: ApiRequest): unknown;
}

export interface ApiServerOptions {
    readonly address: string;
    readonly port: number;
    readonly certificate: KeyPair;
    readonly routes: readonly Route[];
    readonly access: Access;
    /** @throws ApiError for a host that is not in the cluster. */
    readonly checkHost: (name: string) => void;
}

/** PVE takes no more than this of a request's body. */
const BODY_LIMIT_BYTES = 512 * 1024;

interface Answer {
    readonly status: number;
    readonly message: string;
    readonly body: unknown;
}

/** Serves the API of one host; resolves when it listens. @throws Error when the port is taken. */
export async function serveApi(options: ApiServerOptions): Promise<Server> {
    const { certificate, key } = options.certificate;
    const server = createServer({ cert: certificate, key, minVersion: "TLSv1.3" }, (request, response) => {
        void answer(options, request).then((result) => send(response, result));
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, options.address, resolve);
    });
    return server;
}

async function answer(options: ApiServerOptions, request: IncomingMessage): Promise<Answer> {
    try {
        const data = await dispatch(options, request);
        return { status: 200, message: "OK", body: { data: data ?? null } };
    } catch (error) {
        // A fault of the emulator looks like a `die` of PVE's: 500 with its message.
        const { status, message, errors } = error instanceof ApiError ? error : failure(String(error));
        return { status, message, body: { data: null, message: `${message}\n`, ...(errors ? { errors } : {}) } };
    }
}

/** The message travels in the reason phrase too, which is one line of Latin characters. */
function send(response: ServerResponse, { status, message, body }: Answer): void {
    if (response.destroyed) return;
    const reason = message
        .replace(/\s+/g, " ")
        .replace(/[^\x20-\x7e]/g, "?")
        .trim();
    response.writeHead(status, reason, {
        "content-type": "application/json;charset=UTF-8",
        "cache-control": "no-store",
    });
    response.end(JSON.stringify(body));
}

async function dispatch(options: ApiServerOptions, request: IncomingMessage): Promise<unknown> {
    const url = new URL(request.url ?? "/", "https://host");
    const path = url.pathname.replace(/\/+$/, "").replace(/^\/api2\/json/, "");
    const body = await readBody(request);
    const found = findRoute(options.routes, request.method ?? "GET", path);
    const user = found?.route.permission === "world" ? "" : authenticate(options.access, request);
    if (!found) throw new ApiError(501, `Method '${request.method} ${path}' not implemented`);
    const { route, pathParameters } = found;
    const raw = { ...grouped(url.searchParams), ...parseBody(request.headers["content-type"], body) };
    // As in PVE: rights come first, then the host that it is for, then what is wrong with the parameters.
    permit(options.access, route.permission, user, { ...raw, ...pathParameters });
    if (pathParameters["node"] !== undefined) options.checkHost(pathParameters["node"]);
    const parameters = verify(route.parameters ?? NO_PARAMETERS, raw, pathParameters);
    return route.handle({ parameters, user, access: options.access });
}

/** @throws ApiError 401 */
function authenticate(access: Access, request: IncomingMessage): string {
    const [, credential] = /^PVEAPIToken=(.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (credential !== undefined) {
        const token = access.tokenOf(credential);
        if (!token) throw new ApiError(401, "Authentication failed!");
        return token;
    }
    const [, cookie] = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(request.headers.cookie ?? "") ?? [];
    if (!cookie) throw new ApiError(401, "No ticket");
    const user = access.userOfTicket(decodeURIComponent(cookie));
    if (!user) throw new ApiError(401, "Authentication failed!");
    const csrf = request.headers["csrfpreventiontoken"];
    if (request.method !== "GET" && !access.csrfMatches(user, typeof csrf === "string" ? csrf : undefined))
        throw new ApiError(401, "Permission denied - invalid csrf token");
    return user;
}

/** @throws ApiError 403 */
function permit(access: Access, permission: Permission, user: string, parameters: RawParameters): void {
    if (permission === "world" || permission === "any" || user === "root@pam") return;
    if (permission === "root") throw permissionError("user != root@pam");
    for (const { path, all = [], any } of permission) {
        const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ""));
        access.check(user, filled, ...all);
        if (any) access.checkAny(user, filled, ...any);
    }
}

function findRoute(routes: readonly Route[], method: string, path: string) {
    const segments = path.split("/");
    for (const route of routes) {
        const pattern = route.path.split("/");
        if (route.method !== method || pattern.length !== segments.length) continue;
        const pathParameters: Record<string, string> = {};
        const fits = pattern.every((part, index) => {
            const segment = decodeURIComponent(segments[index] ?? "");
            if (!part.startsWith("{")) return part === segment;
            pathParameters[part.slice(1, -1)] = segment;
            return segment !== "";
        });
        if (fits) return { route, pathParameters };
    }
    return undefined;
}

async function readBody(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length <= BODY_LIMIT_BYTES) chunks.push(chunk);
    }
    if (length > BODY_LIMIT_BYTES) throw new ApiError(501, "for data too large");
    return Buffer.concat(chunks).toString("utf8");
}

function parseBody(type: string | undefined, body: string): RawParameters {
    if (body === "") return {};
    if (!type?.startsWith("application/json")) return grouped(new URLSearchParams(body));
    const plain = (value: unknown): string => (typeof value === "boolean" ? String(Number(value)) : String(value));
    try {
        const parsed: unknown = JSON.parse(body);
        if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Error("not an object");
        return Object.fromEntries(
            Object.entries(parsed).map(([name, value]) => [
                name,
                Array.isArray(value) ? value.map(plain) : plain(value),
            ]),
        );
    } catch {
        throw new ApiError(400, "malformed JSON string");
    }
}

/** A key that comes several times makes a list. */
function grouped(form: URLSearchParams): RawParameters {
    return Object.fromEntries(
        [...new Set(form.keys())].map((name) => {
            const values = form.getAll(name);
            return [name, values.length === 1 ? (values[0] ?? "") : values];
        }),
    );
}
