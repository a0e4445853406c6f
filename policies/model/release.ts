import type { Field } from "./field";
import type { Subject } from "./subject";
import { parseImage } from "./image";

/** Whether a type is a Helm release, of which the engine sees the values only, not the objects. */
export function isRelease(type: string): boolean {
    return type === "kubernetes:helm.sh/v3:Release";
}

/** The values of a release; nothing for any other resource. */
export function releaseValues(subject: Subject): Field | undefined {
    return isRelease(subject.fact.type) ? subject.object.at("values") : undefined;
}

/** A tag that the values set; reading it throws `NotKnown` when it is unknown. */
export interface ReleaseImage {
    readonly path: string;
    readonly tag: () => string | undefined;
}

/**
 * Tags that a release's values set, by what charts have in common: a key `tag` or `imageTag`, or an `image` written as one
 * text. What the values leave out is pinned by the chart's version.
 */
export function releaseImages(subject: Subject): readonly ReleaseImage[] {
    const values = releaseValues(subject);
    return values ? walk(values) : [];
}

function walk(field: Field): readonly ReleaseImage[] {
    if (field.undecided()) return [];
    const members = [...field.keys().map((key) => ({ key, member: field.at(key) })), ...list(field)];
    return members.flatMap(({ key, member }) => {
        if (key === "tag" || key === "imageTag") return [{ path: member.path, tag: () => member.text() }];
        const own = key === "image" ? [{ path: member.path, tag: () => imageTag(member) }] : [];
        return [...own, ...walk(member)];
    });
}

function list(field: Field): readonly { readonly key: undefined; readonly member: Field }[] {
    return field.items().map((member) => ({ key: undefined, member }));
}

function imageTag(image: Field): string | undefined {
    const text = image.text();
    return text === undefined ? undefined : parseImage(text).tag;
}
