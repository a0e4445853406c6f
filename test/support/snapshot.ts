import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CapturedResource, Graph } from "./graph";

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys sorted, secrets replaced by a word. */
function masked(value: unknown, path: string, secretPaths: readonly string[]): unknown {
    if (secretPaths.includes(path)) {
        return "[secret]";
    }
    if (Array.isArray(value)) {
        return value.map((item, index) => masked(item, `${path}[${index}]`, secretPaths));
    }
    if (!isFields(value)) {
        return value;
    }
    const entries = Object.keys(value)
        .sort()
        .map((key): [string, unknown] => [key, masked(value[key], path === "" ? key : `${path}.${key}`, secretPaths)]);
    return Object.fromEntries(entries);
}

/** Without the stack and the project, which are the same everywhere. */
function shortUrn(urn: string): string {
    return urn.split("::").slice(2).join("::");
}

function entry(resource: CapturedResource): Fields {
    const { opts } = resource;
    const lists = { dependsOn: opts.dependsOn.map(shortUrn), ignoreChanges: opts.ignoreChanges, aliases: opts.aliases };
    const flags = {
        protect: opts.protect,
        retainOnDelete: opts.retainOnDelete,
        deleteBeforeReplace: opts.deleteBeforeReplace,
    };
    return {
        urn: shortUrn(resource.urn),
        ...(opts.provider === "" ? {} : { provider: shortUrn(opts.provider) }),
        ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value)),
        ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
        ...(opts.customTimeouts === undefined ? {} : { customTimeouts: opts.customTimeouts }),
        props: masked(resource.props, "", resource.secretPaths),
    };
}

/** A graph as text to be read in a diff: sorted by URN, secrets masked. */
export function graphSnapshot(graph: Graph): string {
    const entries = graph.resources.map(entry);
    entries.sort((a, b) => (String(a["urn"]) < String(b["urn"]) ? -1 : 1));
    return `${JSON.stringify(entries, undefined, 2)}\n`;
}

/**
 * The snapshot that was reviewed. With `UPDATE_SNAPSHOTS=1` it is written anew first (`npm run snapshot`).
 * @throws Error when there is none
 */
export function storedSnapshot(name: string, current: string): string {
    const file = join(__dirname, "..", "snapshots", `${name}.json`);
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
        writeFileSync(file, current);
    }
    if (!existsSync(file)) {
        throw new Error(`test/snapshots/${name}.json is not there; write it with: npm run snapshot`);
    }
    return readFileSync(file, "utf8");
}
