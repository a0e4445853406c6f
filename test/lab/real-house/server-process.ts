import { readdirSync, readFileSync } from "node:fs";

/** The first process of a server's PostgreSQL, as this machine sees it. */
export function serverOf(pod: string): number {
    const found = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => {
            const [program = "", ...words] = partsOf(`/proc/${pid}/cmdline`);
            return program.endsWith("postgres") && words.includes("-D");
        })
        .find((pid) => partsOf(`/proc/${pid}/environ`).includes(`POD_NAME=${pod}`));
    if (found === undefined) throw new Error(`no server of ${pod} is running`);
    return found;
}

function partsOf(path: string): string[] {
    try {
        return readFileSync(path, "utf8").split("\0");
    } catch {
        // It has ended meanwhile.
        return [];
    }
}
