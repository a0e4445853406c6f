import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Lab } from "../lab";

/** Shows the console of a machine, or the log of one of the lab's processes. */
export function logs({ paths }: Lab, name: string | undefined): Promise<number> {
    const names = (folder: string) =>
        existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".log")) : [];
    const files = new Map([
        ...names(join(paths.logs, "machines")).map(
            (file) => [basename(file, ".log"), join(paths.logs, "machines", file)] as const,
        ),
        ...names(paths.logs).map((file) => [basename(file, ".log"), join(paths.logs, file)] as const),
    ]);
    const file = name === undefined ? undefined : files.get(name);
    if (file === undefined)
        throw new Error(
            `logs: ${name ?? "no name"}: there is no such log; write one of ${[...files.keys()].sort().join(", ") || "(none yet: run `make up`)"}`,
        );
    process.stdout.write(readFileSync(file));
    return Promise.resolve(0);
}
