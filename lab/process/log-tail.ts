import { readFileSync } from "node:fs";

/** The last lines of a log, for error messages; none of a log that is not there. */
export function lastLines(file: string, count: number): string[] {
    try {
        return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
    } catch {
        return [];
    }
}
