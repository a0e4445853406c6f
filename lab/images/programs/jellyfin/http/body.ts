import type { IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";

/** More than any request of a client needs. */
const LIMIT_BYTES = 1024 * 1024;

/** A JSON object whose keys are asked for by name, upper and lower case alike; what has another type is not there. */
export class JsonBody {
    private readonly values: ReadonlyMap<string, unknown>;

    constructor(value: unknown) {
        const entries: [string, unknown][] = typeof value === "object" && value !== null ? Object.entries(value) : [];
        this.values = new Map(entries.map(([key, entry]) => [key.toLowerCase(), entry]));
    }

    /** Whatever it is; `undefined` where there is none. */
    value(key: string): unknown {
        return this.values.get(key.toLowerCase());
    }

    text(key: string): string | undefined {
        const value = this.values.get(key.toLowerCase());
        return typeof value === "string" ? value : undefined;
    }

    number(key: string): number | undefined {
        const value = this.values.get(key.toLowerCase());
        return typeof value === "number" ? value : undefined;
    }

    isTrue(key: string): boolean {
        return this.values.get(key.toLowerCase()) === true;
    }
}

/** An empty object for an empty body; `undefined` for one that is too long or no JSON. */
export async function readBody(request: IncomingMessage): Promise<JsonBody | undefined> {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes <= LIMIT_BYTES) parts.push(part);
    });
    await finished(request, { writable: false });
    if (bytes > LIMIT_BYTES) return undefined;
    if (bytes === 0) return new JsonBody({});
    try {
        return new JsonBody(JSON.parse(Buffer.concat(parts).toString()));
    } catch {
        return undefined;
    }
}
