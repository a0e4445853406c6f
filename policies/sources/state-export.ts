import type { ResourceFact } from "../model/fact";
import { Field } from "../model/field";
import { isList, isMap, markKey, member, secretMark } from "../model/value";

/**
 * Resources as `pulumi stack export` prints them, or as a captured graph lists them. Secrets are read where they were
 * exported with `--show-secrets`, and are unknown where not.
 */
export function stateFacts(entries: readonly unknown[]): readonly ResourceFact[] {
    const resources = entries.filter(isMap).filter((entry) => member(entry, "delete") !== true);
    return resources.map((entry) => {
        const read = new Field(entry, new Set());
        const urn = read.at("urn").text() ?? "";
        const [type = "", name = urn] = urn.split("::").slice(-2);
        const options = member(entry, "opts");
        const opts = new Field(isMap(options) ? options : entry, new Set());
        const list = (key: string) =>
            opts
                .at(key)
                .items()
                .flatMap((item) => item.text() ?? []);
        const props = opened(member(entry, "props") ?? member(entry, "inputs"));
        return {
            urn,
            type: read.at("type").text() ?? type.split("$").at(-1) ?? "",
            name: read.at("name").text() ?? name,
            props: isMap(props) ? { ...props } : {},
            opts: {
                protect: opts.at("protect").flag() ?? false,
                retainOnDelete: opts.at("retainOnDelete").flag() ?? false,
                ignoreChanges: list("ignoreChanges"),
                parent: opts.at("parent").text(),
                provider: withoutId(opts.at("provider").text()),
                dependsOn: [...list("dependencies"), ...list("dependsOn")],
            },
        };
    });
}

/** A state writes a provider as its URN and its id. */
function withoutId(reference: string | undefined): string | undefined {
    return reference?.split("::").slice(0, 4).join("::");
}

/** Secrets of `--show-secrets` in the form that a `Field` reads. */
function opened(value: unknown): unknown {
    if (isList(value)) return value.map(opened);
    if (!isMap(value)) return value;
    const plaintext = member(value, "plaintext");
    if (member(value, markKey) === secretMark && typeof plaintext === "string") {
        return { [markKey]: secretMark, value: opened(JSON.parse(plaintext)) };
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item)]));
}
