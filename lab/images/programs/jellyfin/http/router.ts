import type { IncomingMessage } from "node:http";
import { clientWords, type Authorization, type Caller, type ClientWords } from "../people/authorization";
import { JsonBody, readBody } from "./body";
import { status, type Reply } from "./reply";

/** A request as a route sees it. */
export interface Call {
    /** What stands at `:name` of the path. */
    readonly parameter: (name: string) => string;
    /** Keys in lower case. */
    readonly query: ReadonlyMap<string, string>;
    /** The query as it came, with its question mark; empty without one. */
    readonly rawQuery: string;
    readonly body: JsonBody;
    readonly client: ClientWords;
    /** `undefined` only where the route lets anyone in. */
    readonly caller: Caller | undefined;
}

/** `administrator` lets keys in, too. `wizard`: anyone until the first-run wizard is completed, then administrators. */
export type Access = "anyone" | "user" | "administrator" | "wizard";

export interface Route {
    readonly method: "GET" | "POST" | "DELETE";
    /** As `/Videos/:itemId/main.m3u8`; upper and lower case are the same. */
    readonly path: string;
    readonly access: Access;
    readonly answer: (call: Call) => Reply | Promise<Reply>;
}

interface Compiled {
    readonly route: Route;
    readonly pattern: RegExp;
}

function compile(route: Route): Compiled {
    const pattern = route.path.replaceAll(".", "\\.").replace(/\/:(\w+)/g, "/(?<$1>[^/]+)");
    return { route, pattern: new RegExp(`^${pattern}/?$`, "i") };
}

/**
 * The path that the server goes by. Releases before 12 take the prefix of an ancestor off, and decode once more what is left:
 * `LegacyEmbyRouteRewriteMiddleware`, which gives ASP.NET's `PathString` a text.
 */
function routedPath(pathname: string): string {
    const [, rest] = /^\/(?:emby|mediabrowser)(\/.*)$/i.exec(pathname) ?? [];
    return rest === undefined ? pathname : decodeURI(decodeURI(rest));
}

/** Finds the route of a request and whether whoever asks may have it. */
export class Router {
    private readonly routes: readonly Compiled[];

    constructor(
        routes: readonly Route[],
        private readonly authorization: Authorization,
        private readonly isWizardCompleted: () => boolean,
        private readonly seen: (caller: Caller) => void,
    ) {
        this.routes = routes.map(compile);
    }

    async answer(request: IncomingMessage): Promise<Reply> {
        const url = new URL(request.url ?? "/", "http://server");
        const method = request.method === "HEAD" ? "GET" : request.method;
        const path = routedPath(url.pathname);
        for (const { route, pattern } of this.routes) {
            const match = route.method === method ? pattern.exec(path) : null;
            if (match) return this.call(route, match.groups ?? {}, url, request);
        }
        return status(404);
    }

    private async call(
        route: Route,
        groups: Readonly<Record<string, string>>,
        url: URL,
        request: IncomingMessage,
    ): Promise<Reply> {
        const query = new Map([...url.searchParams].map(([key, value]) => [key.toLowerCase(), value]));
        const client = clientWords(request.headers, query);
        const isOpen = route.access === "anyone" || (route.access === "wizard" && !this.isWizardCompleted());
        const caller = isOpen ? undefined : await this.authorization.caller(client.token);
        if (!isOpen) {
            if (caller === undefined) return status(401);
            this.seen(caller);
            const mayAdminister = caller.kind === "key" || caller.user.isAdministrator;
            if (route.access !== "user" && !mayAdminister) return status(403);
        }
        const body = await readBody(request);
        if (body === undefined) return status(400);
        const parameter = (name: string) => decodeURIComponent(groups[name] ?? "");
        return route.answer({ parameter, query, rawQuery: url.search, body, client, caller });
    }
}
