import { isList, isMap, member, peel, undecided } from "./value";

/** The way from an object's root to a place in it. */
export type Keys = readonly (string | number)[];

/** Thrown by a `Field` that is asked for a value which is unknown in this preview; a `Report` catches and counts it. */
export class NotKnown extends Error {
    constructor(readonly keys: Keys) {
        super(`${showPath(keys)} is not known yet`);
    }
}

/**
 * A place in an object: rules read through it as if everything were known. A missing value, and one of another type than
 * was asked for (the API server refuses those), reads as `undefined`; an unknown one throws `NotKnown`. Nothing is read
 * before it is asked for, since most rules look at a few places of a large object.
 */
export class Field {
    private readonly value: unknown;
    private readonly secret: boolean;
    // A rule over the graph compares each selector with the labels of every workload.
    private readonly children = new Map<string | number, Field>();

    /**
     * @param raw properties in any form that the engine, its SDK or a captured graph has
     * @param secrets receives the secret texts that were read, so that no message shows one
     * @param inSecret whether the place is inside of something secret
     */
    constructor(
        raw: unknown,
        private readonly secrets: Set<string>,
        private readonly keysFromRoot: Keys = [],
        inSecret = false,
    ) {
        const { value, secret } = peel(raw);
        this.value = value;
        this.secret = secret || inSecret;
    }

    /** For messages: `spec.template.spec.containers[0].image`; empty at the root. */
    get path(): string {
        return showPath(this.keysFromRoot);
    }

    /** The field below, by keys or indexes: `at("spec", "template")`. Below an unknown everything is unknown. */
    at(...keys: Keys): Field {
        return keys.reduce<Field>((field, key) => field.child(key), this);
    }

    /** Whether anything is written here; an unknown counts as written, `null` does not. */
    exists(): boolean {
        return this.value !== undefined && this.value !== null;
    }

    /** Whether the value is decided only while things are created; asking does not throw. */
    undecided(): boolean {
        return this.value === undecided;
    }

    /** Whether somebody marked this, or something around it, as a secret. The engine takes those marks off before it asks. */
    marked(): boolean {
        return this.secret;
    }

    text(): string | undefined {
        const value = this.known();
        if (typeof value !== "string") return undefined;
        if (this.secret && value !== "") this.secrets.add(value);
        return value;
    }

    number(): number | undefined {
        const value = this.known();
        return typeof value === "number" ? value : undefined;
    }

    flag(): boolean | undefined {
        const value = this.known();
        return typeof value === "boolean" ? value : undefined;
    }

    /** The elements; none where nothing is written. The elements themselves may be unknown. */
    items(): readonly Field[] {
        const value = this.known();
        return isList(value) ? Array.from(value.keys(), (index) => this.child(index)) : [];
    }

    /** The keys; none where nothing is written. */
    keys(): readonly string[] {
        const value = this.known();
        return isMap(value) ? Object.keys(value) : [];
    }

    /** A map of texts, such as labels; throws when one of them is unknown. */
    texts(): Readonly<Record<string, string>> {
        return Object.fromEntries(this.keys().map((key) => [key, this.child(key).text() ?? ""]));
    }

    private known(): unknown {
        if (this.value === undecided) throw new NotKnown(this.keysFromRoot);
        return this.value;
    }

    private child(key: string | number): Field {
        const kept = this.children.get(key);
        if (kept) return kept;
        const child = new Field(this.below(key), this.secrets, [...this.keysFromRoot, key], this.secret);
        this.children.set(key, child);
        return child;
    }

    private below(key: string | number): unknown {
        if (this.value === undecided) return undecided;
        const fits = typeof key === "number" ? isList(this.value) : isMap(this.value);
        return fits && typeof this.value === "object" && this.value !== null ? member(this.value, key) : undefined;
    }
}

function showPath(keys: Keys): string {
    return keys.reduce<string>((path, key) => {
        if (typeof key === "number") return `${path}[${key}]`;
        if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}["${key}"]`;
        return path === "" ? key : `${path}.${key}`;
    }, "");
}
