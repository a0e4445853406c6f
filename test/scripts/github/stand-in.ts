import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

export interface Entry {
    readonly id: number;
    readonly number: number;
    readonly user: { readonly login: string };
    body: string;
    title?: string;
    state: string;
    readonly pull_request?: object;
}

export const bot = "github-actions[bot]";

const change = z.object({ body: z.string().optional(), title: z.string().optional(), state: z.string().optional() });

/** GitHub's API, as far as comments and issues go: pages of at most 100, and a token that must be right. */
export class StandIn {
    readonly comments: Entry[] = [];
    readonly issues: Entry[] = [];
    readonly calls: string[] = [];
    private nextId = 1;
    private constructor(
        private readonly server: Server,
        readonly url: string,
    ) {}

    static async start(): Promise<StandIn> {
        const server = createServer();
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        const { port } = server.address() as AddressInfo;
        const standIn = new StandIn(server, `http://127.0.0.1:${port}`);
        server.on("request", (request, response) => {
            let text = "";
            request.on("data", (chunk: Buffer) => (text += chunk.toString()));
            request.on("end", () => {
                const { method = "", url = "" } = request;
                standIn.calls.push(`${method} ${url}`);
                const body = text === "" ? {} : change.parse(JSON.parse(text));
                const allowed = request.headers.authorization === "Bearer good";
                const [status, answer] = allowed
                    ? standIn.answer(method, new URL(url, standIn.url), body)
                    : ([401, { message: "Bad credentials" }] as const);
                response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
            });
        });
        return standIn;
    }

    add(list: Entry[], entry: Partial<Entry>): void {
        const id = this.nextId++;
        list.push({ id, number: id, user: { login: bot }, body: "", state: "open", ...entry });
    }

    private answer(method: string, url: URL, body: z.infer<typeof change>): readonly [number, unknown] {
        const path = url.pathname.replace("/repos/house/homelab/", "");
        const list = /^issues\/\d+\/comments$/.test(path) ? this.comments : path === "issues" ? this.issues : undefined;
        if (body.body !== undefined && body.body.length > 65_536) return [422, { message: "body is too long" }];
        if (list !== undefined && method === "POST") {
            this.add(list, body as Partial<Entry>);
            return [201, {}];
        }
        if (list !== undefined) {
            const size = Number(url.searchParams.get("per_page"));
            const start = (Number(url.searchParams.get("page")) - 1) * size;
            const open = list.filter(({ state }) => state === "open");
            return [200, open.slice(start, start + size)];
        }
        const [, comment, number] = /^issues\/(?:(comments)\/)?(\d+)$/.exec(path) ?? [];
        const found = (comment === undefined ? this.issues : this.comments).find(({ id }) => id === Number(number));
        if (found === undefined) return [404, { message: "Not Found" }];
        Object.assign(found, body);
        return [200, found];
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }
}
