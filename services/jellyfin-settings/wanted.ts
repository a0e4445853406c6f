/** A value of a setting, as the server's JSON and its XML files have it. */
export type Value = boolean | number | string | readonly string[];

/** Settings by the server's own names. What is not named is left as it is. */
export type Settings = Readonly<Record<string, Value>>;

/** The server's files that are written, each with the name of its root element and of its place in the API. */
export const files = {
    system: { name: "system.xml", root: "ServerConfiguration", path: "/System/Configuration" },
    network: { name: "network.xml", root: "NetworkConfiguration", path: "/System/Configuration/network" },
    encoding: { name: "encoding.xml", root: "EncodingOptions", path: "/System/Configuration/encoding" },
} as const;

export type FileName = keyof typeof files;

export const fileNames = ["system", "network", "encoding"] as const satisfies readonly FileName[];

/** What is wanted of each file. */
export type WantedFiles = Readonly<Record<FileName, Settings>>;

/** Folders that are shown as one. */
export interface WantedLibrary {
    readonly name: string;
    /** The server's word for what is in it: `movies`, `tvshows`. */
    readonly type: string;
    /** Absolute, as the server sees them. */
    readonly folders: readonly string[];
}

/** Something that the program is told wrongly, or that it finds and does not touch. Told without a stack trace. */
export class Refusal extends Error {}

function record(value: unknown, what: string): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refusal(`${what}: is no object`);
    return Object.fromEntries(Object.entries(value));
}

function texts(value: unknown, what: string): string[] {
    if (!Array.isArray(value)) throw new Refusal(`${what}: is no list`);
    return value.map((entry: unknown) => {
        if (typeof entry !== "string") throw new Refusal(`${what}: has an entry that is no text`);
        return entry;
    });
}

function settings(value: unknown, what: string): Settings {
    const entries = Object.entries(record(value, what)).map(([key, entry]): [string, Value] => {
        if (typeof entry === "boolean" || typeof entry === "number" || typeof entry === "string") return [key, entry];
        return [key, texts(entry, `${what}.${key}`)];
    });
    return Object.fromEntries(entries);
}

/** @throws Refusal naming the part that is not as the types say. */
export function parseFiles(json: string): WantedFiles {
    const all = record(JSON.parse(json), "SETTINGS");
    const of = (name: FileName) => settings(all[name], `SETTINGS.${name}`);
    return { system: of("system"), network: of("network"), encoding: of("encoding") };
}

/** @throws Refusal naming the part that is not as the types say. */
export function parseLibraries(json: string): WantedLibrary[] {
    const all: unknown = JSON.parse(json);
    if (!Array.isArray(all)) throw new Refusal("LIBRARIES: is no list");
    return all.map((entry: unknown, index) => {
        const what = `LIBRARIES[${index}]`;
        const { name, type, folders } = record(entry, what);
        if (typeof name !== "string" || typeof type !== "string") throw new Refusal(`${what}: lacks a name or a type`);
        return { name, type, folders: texts(folders, `${what}.folders`) };
    });
}

/** Whether a value of the server is the wanted one. Order counts in a list: the server keeps it. */
export function isSame(wanted: Value, found: unknown): boolean {
    if (typeof wanted !== "object") return wanted === found;
    return Array.isArray(found) && found.length === wanted.length && wanted.every((one, at) => one === found[at]);
}
