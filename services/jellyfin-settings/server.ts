import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "./wanted";

const LOOK_MS = 1_000;
const PATIENCE_MS = 15_000;

/** One pod's API. */
export class Server {
    /** @param token a program's key; never printed. */
    constructor(
        readonly address: string,
        private readonly token: string,
    ) {}

    /** Its name, for the log: the first label of the host. */
    get name(): string {
        const { hostname, port } = new URL(this.address);
        return /^[\d.]+$/.test(hostname) ? `${hostname}:${port}` : (hostname.split(".")[0] ?? hostname);
    }

    /** @throws Refusal when it does not serve by then. */
    async started(deadlineMs: number): Promise<void> {
        let last = "no answer";
        for (const end = Date.now() + deadlineMs; Date.now() < end;) {
            try {
                const { status } = await this.call("GET", "/Branding/Configuration");
                if (status === 200) return;
                last = `answers ${status}`;
            } catch (error) {
                last = error instanceof Error ? error.message : String(error);
            }
            await pause(LOOK_MS);
        }
        throw new Refusal(`${this.address}: does not serve after ${deadlineMs / 1_000} s (${last})`);
    }

    /** @throws Refusal for any answer but 200. */
    async get(path: string): Promise<unknown> {
        const answer = await this.call("GET", path);
        if (answer.status !== 200) throw this.refused("GET", path, answer.status);
        return JSON.parse(answer.text);
    }

    /** @throws Refusal for an answer that is no success. */
    async post(path: string, body?: unknown): Promise<void> {
        const answer = await this.call("POST", path, body);
        if (answer.status >= 300) throw this.refused("POST", path, answer.status);
    }

    private refused(method: string, path: string, status: number): Refusal {
        const reasons: Readonly<Record<number, string>> = {
            401: "it does not know the house's key",
            403: "it does not know the house's key",
            404: "it does not see a folder that it is told of",
        };
        const why = reasons[status] ?? "see its log";
        // Without the query: names of people are nobody's business in a log.
        return new Refusal(`${this.name}: ${method} ${path.split("?")[0] ?? ""} is answered ${status} (${why})`);
    }

    private async call(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
        const answer = await fetch(`${this.address}${path}`, {
            method,
            headers: {
                Authorization: `MediaBrowser Token="${this.token}"`,
                ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(PATIENCE_MS),
        });
        return { status: answer.status, text: await answer.text() };
    }
}
