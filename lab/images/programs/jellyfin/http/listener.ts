import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Log } from "../log";
import { reasonOf } from "../reason";
import { text, type Reply } from "./reply";

export type Answer = (request: IncomingMessage) => Reply | Promise<Reply>;

/** The port: opened, closed and drained. Every reply names the pod. */
export class Listener {
    private server: Server | undefined;
    private isDraining = false;

    constructor(
        private readonly port: number,
        private readonly podName: string,
        private readonly log: Log,
    ) {}

    /** @throws Error when the port cannot be had. */
    open(answer: Answer): Promise<void> {
        const server = createServer((request, response) => void this.respond(request, response, answer));
        this.server = server;
        return new Promise((done, fail) => {
            server.once("error", fail);
            server.listen(this.port, () => done());
        });
    }

    /** Takes no connection from now on; cuts those that are open. */
    close(): Promise<void> {
        const closed = this.stopListening();
        this.server?.closeAllConnections();
        return closed;
    }

    /**
     * Takes no connection from now on; lets running requests finish.
     * @param patienceMs after which they are cut, milliseconds.
     * @returns whether all of them finished.
     */
    async drain(patienceMs: number): Promise<boolean> {
        this.isDraining = true;
        const closed = this.stopListening();
        let isCut = false;
        const cut = setTimeout(() => {
            isCut = true;
            this.server?.closeAllConnections();
        }, patienceMs);
        await closed;
        clearTimeout(cut);
        return !isCut;
    }

    private stopListening(): Promise<void> {
        const { server } = this;
        if (!server?.listening) return Promise.resolve();
        return new Promise((done) => server.close(() => done()));
    }

    private async respond(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
        response.setHeader("X-Homelab-Pod", this.podName);
        // A connection that is kept open would hold up the end.
        response.once("close", () => {
            if (this.isDraining) setImmediate(() => this.server?.closeIdleConnections());
        });
        const reply = await this.replyOf(request, answer);
        if (this.isDraining) response.setHeader("Connection", "close");
        if (reply.type !== undefined) response.setHeader("Content-Type", reply.type);
        response.writeHead(reply.status, { ...reply.headers });
        try {
            if (typeof reply.body === "object" && request.method !== "HEAD") {
                await pipeline(createReadStream(reply.body.file), response);
            } else {
                response.end(typeof reply.body === "string" ? reply.body : undefined);
            }
        } catch {
            // The client went away.
            response.destroy();
        }
    }

    private async replyOf(request: IncomingMessage, answer: Answer): Promise<Reply> {
        try {
            return await answer(request);
        } catch (error) {
            const path = new URL(request.url ?? "/", "http://server").pathname;
            this.log.write("ERR", "Http", `${request.method ?? ""} ${path}: ${reasonOf(error)}`);
            return text(500, "Error processing request.");
        }
    }
}
