import { isPublic } from "../jellyfin-image";
import type { CommonCheck } from "./places";

/** Buckets at AWS are described in the area of AWS. */
export const bucketsHaveAnAccount: CommonCheck = ({ objectStorage, aws }, unsound) =>
    objectStorage?.kind !== "aws" || aws !== undefined || unsound?.has("aws") === true
        ? []
        : [
              {
                  path: "objectStorage.kind",
                  wrong: "aws, and there is no area aws",
                  rule: "region and names of the buckets are written there",
                  write: "describe homelab:aws, or write kind: s3 or kind: none",
              },
          ];

/** What is kept for different reasons is deleted for different reasons. */
export const bucketsAreDistinct: CommonCheck = ({ objectStorage }) => {
    if (objectStorage?.kind !== "s3") {
        return [];
    }
    const named = Object.entries(objectStorage.buckets);
    return named.flatMap(([purpose, bucket], index) => {
        const other = named.slice(0, index).find(([, earlier]) => earlier === bucket);
        return other === undefined
            ? []
            : [
                  {
                      path: `objectStorage.buckets.${purpose}`,
                      wrong: `${bucket} is the bucket of ${other[0]} too`,
                      rule: "each program tidies its bucket as if it were alone in it",
                      write: "write another bucket",
                  },
              ];
    });
};

/** A key for a zone proves nothing for names of another one. */
export const zoneHoldsDomain: CommonCheck = ({ aws, house }) =>
    aws?.zone === undefined || house === undefined || `.${house.domain}`.endsWith(`.${aws.zone.name}`)
        ? []
        : [
              {
                  path: "aws.zone.name",
                  wrong: `${aws.zone.name} does not hold house.domain ${house.domain}`,
                  rule: "certificates are proven by records of the house's own names",
                  write: "write the zone of the domain, or leave aws.zone out",
              },
          ];

/** A pod pulls from a repository that there is. */
export const imageIsInARepository: CommonCheck = ({ jellyfin, aws }, unsound) => {
    const image = jellyfin?.image;
    if (image === undefined || isPublic(image) || unsound?.has("aws") === true) {
        return [];
    }
    if (aws?.repositories.includes(image.repository) === true) {
        return [];
    }
    return [
        {
            path: "jellyfin.image.repository",
            wrong: `${image.repository} is not in aws.repositories`,
            rule: "the house pulls its own images from repositories that it makes, with a password that it keeps fresh",
            write: "add it there, write a registry before it, or leave jellyfin.image out",
        },
    ];
};
