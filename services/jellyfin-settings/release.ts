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

function isSameLine({ numbers: [major, minor] }: Release, { numbers: other }: Release): boolean {
    return major === other[0] && minor === other[1];
}

function isLater({ numbers: [major, minor] }: Release, { numbers: other }: Release): boolean {
    return major > other[0] || (major === other[0] && minor > other[1]);
}

/**
 * Holds the release that is to start against the one that ran here last. Within a line (10.11) any may follow any. A later line
 * changes the tables for good, so somebody must have said that it is meant; an earlier one cannot read them.
 *
 * @param ran what ran here last; `undefined` on a first start.
 * @param upgradeFrom what somebody means to leave behind; empty: no upgrade is meant.
 * @throws Refusal that says what to do.
 */
export function allowStart(ran: string | undefined, starts: string, upgradeFrom: string): void {
    if (ran === undefined) return;
    const [before, next] = [release(ran), release(starts)];
    if (isSameLine(before, next)) return;
    if (!isLater(next, before))
        throw new Refusal(
            `Jellyfin ${before.text} ran here, and ${next.text} cannot read what it made of the tables; write an image of ${before.text}, or restore a backup from before that upgrade`,
        );
    if (upgradeFrom === "" || !isSameLine(release(upgradeFrom), before))
        throw new Refusal(
            `Jellyfin ${before.text} ran here, and ${next.text} changes the tables for good (no way back but a backup); write jellyfin.upgradeFrom: ${before.text} with jellyfin.replicas: 1 where it is meant`,
        );
}
