import type { HomelabConfig } from "./schema";

type Image = NonNullable<HomelabConfig["jellyfin"]["image"]>;

/** Whether a repository names a registry, as Docker decides it: its first part has a dot. */
export function isPublic({ repository }: Image): boolean {
    const [first = "", ...rest] = repository.split("/");
    return rest.length > 0 && first.includes(".");
}

/** The release in an image: as it is written, or as the tag tells. */
export function releaseIn({ release, tag }: Image): string | undefined {
    return release ?? /(?<![\d.])(\d+\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1];
}
