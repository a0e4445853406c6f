import { Refusal } from "./wanted";

/** A release by its numbers. */
interface Release {
    readonly text: string;
    readonly numbers: readonly [number, number, number];
}

/** @throws Refusal where it is none. */
function release(text: string): Release {
    const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text.trim()) ?? [];
    if (patch === undefined) throw new Refusal(`"${text}" is no release of Jellyfin; write one like 10.11.11`);
    return { text: text.trim(), numbers: [Number(major), Number(minor), Number(patch)] };
}

/**
 * Patches that change the tables, which a line else changes with its first release only. The program's configuration has the
 * same list.
 *
 * - 10.11.6: JPVenson/Jellyfin.Pgsql, migration `20260128200059_10.11.6-1`, makes the key of `PeopleBaseItemMap` anew, with a
 *   column that may no longer be empty, and lets what is below a deleted item go with it.
 * - 10.11.10: Jellyfin's `20260522092303_AddNormalizedUsername` gives `Users` a column that an older server leaves empty and an
 *   index that takes no second empty one. Jellyfin.Pgsql has it in its next image, 10.11.11-1.
 */
export const PATCHES_WITH_OTHER_TABLES: readonly string[] = ["10.11.6", "10.11.10"];

/** The release that made the tables as this one has them, by its numbers: a patch that changed them, or the line's first. */
function tablesOf({ numbers: [major, minor, patch] }: Release): Release["numbers"] {
    const changes = PATCHES_WITH_OTHER_TABLES.map((text) => release(text).numbers);
    const reached = changes.filter((change) => change[0] === major && change[1] === minor && change[2] <= patch);
    return [major, minor, Math.max(0, ...reached.map(([, , change]) => change))];
}

/** Below zero: the first one is before the second. Zero: they have the same tables. */
function compareTables(one: Release, other: Release): number {
    const [before, after] = [tablesOf(one), tablesOf(other)];
    return before[0] - after[0] || before[1] - after[1] || before[2] - after[2];
}

/**
 * Holds the release that is to start against the one that ran here last. Of those with the same tables any may follow any. A
 * later one with others changes them for good, so somebody must have said that it is meant; an earlier one cannot use them.
 *
 * @param ran what ran here last; `undefined` on a first start.
 * @param upgradeFrom what somebody means to leave behind; empty: no upgrade is meant.
 * @throws Refusal that says what to do.
 */
export function allowStart(ran: string | undefined, starts: string, upgradeFrom: string): void {
    if (ran === undefined) return;
    const [before, next] = [release(ran), release(starts)];
    const change = compareTables(before, next);
    if (change === 0) return;
    if (change > 0)
        throw new Refusal(
            `Jellyfin ${before.text} ran here, and ${next.text} cannot use what it made of the tables; write an image of ${before.text}, or restore a backup from before that upgrade`,
        );
    if (upgradeFrom === "" || compareTables(release(upgradeFrom), before) !== 0)
        throw new Refusal(
            `Jellyfin ${before.text} ran here, and ${next.text} changes the tables for good (no way back but a backup); write jellyfin.upgradeFrom: ${before.text} with jellyfin.replicas: 1 where it is meant`,
        );
}
