type Numbers = readonly [number, number, number];

/**
 * Patches that change the tables, which a line else changes with its first release only: the list of
 * services/jellyfin-settings/release.ts, where the migrations are named.
 */
export const PATCHES_WITH_OTHER_TABLES: readonly string[] = ["10.11.6", "10.11.10"];

/** The release before which there are no tables outside of SQLite. */
export const FIRST_WITH_POSTGRES = "10.11.0";

function numbers(release: string): Numbers {
    const [major = 0, minor = 0, patch = 0] = release.split(".").map(Number);
    return [major, minor, patch];
}

export function isBefore(one: string, other: string): boolean {
    const [before, after] = [numbers(one), numbers(other)];
    const at = before.findIndex((number, index) => number !== after[index]);
    return at !== -1 && (before[at] ?? 0) < (after[at] ?? 0);
}

function isSameLine(one: string, other: string): boolean {
    const [[major, minor], [otherMajor, otherMinor]] = [numbers(one), numbers(other)];
    return major === otherMajor && minor === otherMinor;
}

/** Whether both read and write the same tables, so that pods of both may run beside each other. */
export function haveSameTables(one: string, other: string): boolean {
    const isPassed = (patch: string) => isBefore(one, patch) !== isBefore(other, patch);
    return isSameLine(one, other) && !PATCHES_WITH_OTHER_TABLES.some(isPassed);
}

/** Whether `next` is of the line after that of `before`. 12.0 is the one after 10.11; there is no 11. */
function isNextLine(before: string, next: string): boolean {
    const [[major, minor], [nextMajor, nextMinor]] = [numbers(before), numbers(next)];
    if (nextMajor === major) return nextMinor === minor + 1;
    return nextMinor === 0 && nextMajor === (major === 10 ? 12 : major + 1);
}

/** Whether an upgrade leads from one release straight to the other: to the next line, or to a patch with other tables. */
export function isOneStep(before: string, next: string): boolean {
    if (isSameLine(before, next)) return isBefore(before, next) && !haveSameTables(before, next);
    return isNextLine(before, next);
}
