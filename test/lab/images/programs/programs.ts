import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { tool } from "../../../../lab/toolchain/locate";

/** Debian keeps each major version in a folder of its own. */
const POSTGRES_VERSIONS = "/usr/lib/postgresql";

function isProgram(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

/** The folder that holds all the named programs: of PATH, or one of `more`; `undefined` where there is none. */
function folderOf(programs: readonly string[], more: readonly string[] = []): string | undefined {
    const folders = [...more, ...(process.env["PATH"] ?? "").split(delimiter)];
    return folders.find((folder) => programs.every((program) => isProgram(join(folder, program))));
}

/** Programs of a PostgreSQL server, with its client. */
export const postgresPrograms = ["postgres", "initdb", "pg_ctl", "psql"] as const;

/** The folders in which Debian has them, beside `PATH`. */
export function postgresFolders(): readonly string[] {
    const versions = existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS) : [];
    return versions.map((version) => join(POSTGRES_VERSIONS, version, "bin"));
}

/** Folder of a PostgreSQL server with its client; `undefined` on a machine without one. */
export function postgresFolder(): string | undefined {
    return folderOf(postgresPrograms, postgresFolders());
}

/** An ffmpeg: of PATH, or the lab's own; `undefined` on a machine without one. */
export function ffmpegPath(): string | undefined {
    const folder = folderOf(["ffmpeg"]);
    if (folder !== undefined) return join(folder, "ffmpeg");
    try {
        return tool("ffmpeg");
    } catch {
        return undefined;
    }
}
