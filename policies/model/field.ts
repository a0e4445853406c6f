import { type Value, unknown } from "./value";

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
 * was asked for (the API server refuses those), reads as `undefined`; an unknown one throws `NotKnown`.
 */
export class Field {
    constructor(
        private readonly value: Value,
        private readonly keysFromRoot: Keys = [],
    ) {}

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
    unknown(): boolean {
        return this.value === unknown;
    }

    text(): string | undefined {
        const value = this.known();
        return typeof value === "string" ? value : undefined;
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
        return isList(value) ? value.map((_, index) => this.child(index)) : [];
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

    private known(): Exclude<Value, typeof unknown> {
        if (this.value === unknown) throw new NotKnown(this.keysFromRoot);
        return this.value;
    }

    private child(key: string | number): Field {
        return new Field(childValue(this.value, key), [...this.keysFromRoot, key]);
    }
}

function childValue(value: Value, key: string | number): Value {
    if (value === unknown) return unknown;
    if (isList(value)) return typeof key === "number" ? value[key] : undefined;
    return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function showPath(keys: Keys): string {
    return keys.reduce<string>((path, key) => {
        if (typeof key === "number") return `${path}[${key}]`;
        if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}["${key}"]`;
        return path === "" ? key : `${path}.${key}`;
    }, "");
}

function isList(value: Value): value is readonly Value[] {
    return Array.isArray(value);
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
    return typeof value === "object" && value !== null && !isList(value);
}
