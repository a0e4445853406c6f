/** The release of Jellyfin that an image is tagged with, `10.11.11`; `undefined` where its tag does not tell. */
export function releaseOf(reference: string): string | undefined {
    const [name = ""] = reference.split("@");
    const tag = /:([^/:]+)$/.exec(name)?.[1] ?? "";
    return /(?<![\d.])(\d+\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1];
}
