import { shown, type ConfigIssue } from "../issues";
import { releaseIn } from "../jellyfin-image";
import {
    FIRST_WITH_POSTGRES,
    haveSameTables,
    isBefore,
    isOneStep,
    PATCHES_WITH_OTHER_TABLES,
} from "../jellyfin-release";
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
    if (to !== undefined && !isOneStep(from, to))
        issues.push({
            path: "jellyfin.upgradeFrom",
            ...noStep(from, to),
            rule: `upgrades are made from one release to the next, such as 10.11 to 12.0; patches need no word unless they reach or pass one that changes tables (${PATCHES_WITH_OTHER_TABLES.join(", ")})`,
        });
    return issues;
};

/** Why an upgrade does not lead from one release to the other, and what to do. */
function noStep(from: string, to: string): Pick<ConfigIssue, "wrong" | "write"> {
    if (haveSameTables(from, to)) return { wrong: `${from} has the tables of ${to}`, write: "leave upgradeFrom out" };
    return isBefore(from, to)
        ? {
              wrong: `${from} is not the release before ${to}`,
              write: "write an image of the release that follows, and go on from there",
          }
        : {
              wrong: `${from} is not before ${to}, the release of the image`,
              write: "leave upgradeFrom out; the way back is a backup",
          };
}
