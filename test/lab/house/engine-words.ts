import { strict as assert } from "node:assert";
import { nameOf, type Ended, type EngineEvent } from "../../support/house";

/** What the engine did besides finding things as they were: operation and name, and which properties. */
export function changes(events: readonly EngineEvent[]): Record<string, readonly string[]> {
    const done = events.filter(({ phase, op }) => phase === "end" && op !== "same" && op !== "refresh");
    const counts = events.find(({ phase }) => phase === "summary")?.counts ?? {};
    const counted = Object.entries(counts).filter(([op]) => op !== "same");
    assert.equal(
        done.length,
        counted.reduce((sum, [, count]) => sum + Number(count), 0),
        JSON.stringify(counts),
    );
    return Object.fromEntries(done.map(({ op, urn, changed }) => [`${op} ${nameOf(urn)}`, changed]));
}

/** The engine's own count at the end of an `up`, on one line. */
export function summary({ output }: Ended): string {
    const [, lines = "no summary"] = /\nResources:\n((?: +\S.*\n)+)/.exec(output) ?? [];
    return lines.trim().split(/\n\s*/).join(", ");
}

/** What an `up` says that it has done to objects, for example `updated redis-deployment`; a replacement is one. */
export function done({ output }: Ended): string[] {
    const told = output.matchAll(/^ *[-+~]+ +\S+ (\S+) (created|updated|replaced|deleted) \(/gm);
    return [...told].map(([, name = "", what = ""]) => `${what} ${name}`).sort();
}
