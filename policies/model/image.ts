/** The parts of `[registry[:port]/]repository[:tag][@digest]`. */
export interface ImageReference {
    /** Registry and repository. */
    readonly name: string;
    readonly tag: string | undefined;
    /** With its algorithm, `sha256:...`. */
    readonly digest: string | undefined;
}

export function parseImage(reference: string): ImageReference {
    const [named = "", digest] = reference.trim().split("@", 2);
    // A colon before the last slash belongs to the registry's port.
    const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
    return {
        name: colon < 0 ? named : named.slice(0, colon),
        tag: colon < 0 ? undefined : named.slice(colon + 1) || undefined,
        digest: digest || undefined,
    };
}
