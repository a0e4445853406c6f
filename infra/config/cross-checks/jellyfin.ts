import { shown, type ConfigIssue } from "../issues";
import { releaseIn } from "../jellyfin-image";
import type { CommonCheck } from "./places";

/** Two libraries of one name are one folder. */
export const libraryNamesDiffer: CommonCheck = ({ jellyfin }) => {
    const names = (jellyfin?.libraries ?? []).map(({ name }) => name.toLowerCase());
    return (jellyfin?.libraries ?? []).flatMap(({ name }, index): ConfigIssue[] => {
        const first = names.indexOf(name.toLowerCase());
        const wrong = `${shown(name)} is the name of jellyfin.libraries[${first}] too`;
        const rule = "a library is found by its name, upper and lower case alike";
        const write = "write another name, or put the folders into one library";
        return first === index ? [] : [{ path: `jellyfin.libraries[${index}].name`, wrong, rule, write }];
    });
};

/** A canary beside nobody is the whole flock. */
export const canaryHasCompany: CommonCheck = ({ jellyfin }) =>
    jellyfin?.canary !== true || jellyfin.replicas > 1
        ? []
        : [
              {
                  path: "jellyfin.canary",
                  wrong: "true, and there is one replica",
                  rule: "the last pod tries what is new while the others go on with what is old",
                  write: "write replicas: 2 or more, or canary: false",
              },
          ];

/** Releases with their tables are told from each other by their numbers. */
export const imageTellsItsRelease: CommonCheck = ({ jellyfin }) => {
    const image = jellyfin?.image;
    return image === undefined || releaseIn(image) !== undefined
        ? []
        : [
              {
                  path: "jellyfin.image.release",
                  wrong: `is missing, and the tag ${image.tag} does not tell it`,
                  rule: "an image of another release may change the tables of the database for good",
                  write: "write the release of Jellyfin in the image, such as 10.11.11",
              },
          ];
};

function numbers(release: string): [number, number] {
    const [major = 0, minor = 0] = release.split(".").map(Number);
    return [major, minor];
}

/** The release before which there are no tables outside of SQLite. */
const FIRST_WITH_POSTGRES = "10.11.0";

function isBefore(one: string, other: string): boolean {
    const [[major, minor], [otherMajor, otherMinor]] = [numbers(one), numbers(other)];
    return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** Whether `next` is the line after that of `before`. 12.0 is the one after 10.11; there is no 11. */
function isNextLine(before: string, next: string): boolean {
    const [[major, minor], [nextMajor, nextMinor]] = [numbers(before), numbers(next)];
    if (nextMajor === major) return nextMinor === minor + 1;
    return nextMinor === 0 && nextMajor === (major === 10 ? 12 : major + 1);
}

/** Keeps its data in PostgreSQL. */
export const imageKnowsPostgres: CommonCheck = ({ jellyfin }) => {
    const release = jellyfin?.image && releaseIn(jellyfin.image);
    return release === undefined || !isBefore(release, FIRST_WITH_POSTGRES)
        ? []
        : [
              {
                  path: jellyfin?.image?.release === undefined ? "jellyfin.image.tag" : "jellyfin.image.release",
                  wrong: `Jellyfin ${release} keeps its data in SQLite`,
                  rule: "pods share a database, and before 10.11 there is no other than a file",
                  write: "write an image of 10.11 or later",
              },
          ];
};

/**
 * An upgrade that changes the tables goes from one release to the next, with one pod: old and new cannot share tables, and
 * what was left out between two releases has never been tried by anybody.
 */
export const upgradeIsSafe: CommonCheck = ({ jellyfin }) => {
    const from = jellyfin?.upgradeFrom;
    if (jellyfin === undefined || from === undefined) return [];
    const issues: ConfigIssue[] = [];
    if (jellyfin.replicas > 1)
        issues.push({
            path: "jellyfin.replicas",
            wrong: `${jellyfin.replicas}, and upgradeFrom is ${from}`,
            rule: "the new release changes the tables under the pods of the old one",
            write: "write replicas: 1 for the upgrade; afterwards more again, without upgradeFrom",
        });
    const to = jellyfin.image && releaseIn(jellyfin.image);
    if (to !== undefined && !isNextLine(from, to))
        issues.push({
            path: "jellyfin.upgradeFrom",
            wrong: isBefore(from, to)
                ? `${from} is not the release before ${to}`
                : `${from} is not before ${to}, the release of the image`,
            rule: "upgrades are made from one release to the next, such as 10.11 to 12.0; patches (10.11.11 to 10.11.12) need no word",
            write: isBefore(from, to)
                ? "write an image of the release that follows, and go on from there"
                : "leave upgradeFrom out; the way back is a backup",
        });
    return issues;
};
