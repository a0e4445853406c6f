import { readdirSync, readFileSync } from "node:fs";

/** The first process of a server's PostgreSQL, as this machine sees it. */
export function serverOf(pod: string): number {
    return oneOf(pod, "server", ([program = "", ...words]) => program.endsWith("postgres") && words.includes("-D"));
}

/** The process of a pod's Jellyfin, as this machine sees it. */
export function jellyfinOf(pod: string): number {
    return oneOf(pod, "Jellyfin", (words) => words.some((word) => word.includes("server")));
}

/** The encoders that run in a pod of Jellyfin, as this machine sees them. */
export function encodersOf(pod: string): readonly number[] {
    return processesOf(pod, (words) => words.includes("-hls_segment_filename"));
}

function oneOf(pod: string, what: string, isIt: (words: readonly string[]) => boolean): number {
    const [found] = processesOf(pod, isIt);
    if (found === undefined) throw new Error(`no ${what} of ${pod} is running`);
    return found;
}

function processesOf(pod: string, isIt: (words: readonly string[]) => boolean): readonly number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => isIt(partsOf(`/proc/${pid}/cmdline`)))
        .filter((pid) => partsOf(`/proc/${pid}/environ`).includes(`POD_NAME=${pod}`));
}

function partsOf(path: string): string[] {
    try {
        return readFileSync(path, "utf8").split("\0");
    } catch {
        // It has ended meanwhile.
        return [];
    }
}
