import type { Server } from "./server";
import { fileNames, files, isSame, Refusal, type WantedFiles, type WantedLibrary } from "./wanted";

export interface ApplyArgs {
    /** Every pod: each keeps the settings in its memory. */
    readonly servers: readonly Server[];
    /** How many of them, from the first one, keep the settings that they have. */
    readonly heldBack: number;
    readonly files: WantedFiles;
    readonly libraries: readonly WantedLibrary[];
    /** Whom the wizard makes. */
    readonly administrator: { readonly name: string; readonly password: string };
    readonly say: (line: string) => void;
}

function fields(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/**
 * Makes the servers as they are wanted, and writes nothing where they are.
 * @returns how many things were written.
 * @throws Refusal for what it does not touch: a library of another kind.
 */
export async function apply(args: ApplyArgs): Promise<number> {
    let written = 0;
    for (const server of args.servers) written += await completeWizard(server, server === args.servers[0], args);
    const changed = args.servers.slice(args.heldBack);
    for (const server of changed) written += await writeSettings(server, args);
    const [first] = changed;
    // What libraries there are is read from the shared folder each time: one pod's doing is all pods'.
    if (first !== undefined) written += await addLibraries(first, args);
    return written;
}

/** The wizard lets anybody in who comes first, so it is completed on every pod that still shows it. */
async function completeWizard(server: Server, isFirst: boolean, { administrator, say }: ApplyArgs): Promise<number> {
    const info = fields(await server.get("/System/Info/Public"));
    if (info["StartupWizardCompleted"] === true) return 0;
    if (isFirst) {
        // Asking for the first user makes it.
        await server.get("/Startup/User");
        await server.post("/Startup/User", { Name: administrator.name, Password: administrator.password });
    }
    await server.post("/Startup/Complete");
    say(`${server.name}: the first-run wizard is completed${isFirst ? `, with ${administrator.name}` : ""}`);
    return 1;
}

async function writeSettings(server: Server, { files: wanted, say }: ApplyArgs): Promise<number> {
    let written = 0;
    for (const name of fileNames) {
        const { path } = files[name];
        const found = fields(await server.get(path));
        const other = Object.entries(wanted[name]).filter(([key, value]) => !isSame(value, found[key]));
        if (other.length === 0) continue;
        // The whole of it: what a request does not name falls back to its default.
        await server.post(path, { ...found, ...Object.fromEntries(other) });
        say(`${server.name}: ${name}: wrote ${other.map(([key]) => key).join(", ")}`);
        written++;
    }
    return written;
}

interface FoundLibrary {
    readonly type: string;
    readonly folders: readonly string[];
}

async function addLibraries(server: Server, { libraries, say }: ApplyArgs): Promise<number> {
    const answer = await server.get("/Library/VirtualFolders");
    const found = new Map<string, FoundLibrary>();
    for (const entry of Array.isArray(answer) ? answer.map(fields) : []) {
        const folders = Array.isArray(entry["Locations"]) ? entry["Locations"].map(String) : [];
        // A library of mixed content has no type at all.
        const type = typeof entry["CollectionType"] === "string" ? entry["CollectionType"] : "";
        if (typeof entry["Name"] === "string") found.set(entry["Name"], { type, folders });
    }
    let written = 0;
    for (const wanted of libraries) {
        const there = found.get(wanted.name);
        if (there !== undefined && there.type !== wanted.type)
            throw new Refusal(
                `library "${wanted.name}" is there with the type ${there.type || "mixed"}, not ${wanted.type} (a type cannot be changed); write another name or type in jellyfin.libraries, or delete it in Jellyfin`,
            );
        written += there === undefined ? await create(server, wanted) : await extend(server, wanted, there);
    }
    if (written > 0) say(`${server.name}: wrote libraries ${libraries.map(({ name }) => name).join(", ")}`);
    return written;
}

async function create(server: Server, { name, type, folders }: WantedLibrary): Promise<number> {
    const query = new URLSearchParams({ name, collectionType: type, refreshLibrary: "true" });
    for (const folder of folders) query.append("paths", folder);
    await server.post(`/Library/VirtualFolders?${query.toString()}`, {
        // NFS tells nobody of files that another machine wrote: only a scan finds them.
        LibraryOptions: { EnableRealtimeMonitor: false, PathInfos: folders.map((Path) => ({ Path })) },
    });
    return 1;
}

async function extend(server: Server, { name, folders }: WantedLibrary, there: FoundLibrary): Promise<number> {
    const missing = folders.filter((folder) => !there.folders.includes(folder));
    for (const folder of missing)
        await server.post("/Library/VirtualFolders/Paths?refreshLibrary=true", {
            Name: name,
            PathInfo: { Path: folder },
        });
    return missing.length;
}
