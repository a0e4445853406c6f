import type { Column } from "./column";

/** What SQLite hands out; integers always as `bigint`, because ticks do not fit into a number. */
export type SourceValue = null | bigint | number | string | Uint8Array;

/**
 * A value in the one text form that both sides are compared in, and in which PostgreSQL reads it: numbers in shortest
 * notation, times in microseconds since 1970, bytes in hexadecimal digits. `null` stays `null`.
 */
export type PlainValue = string | null;

/** Why a value cannot be taken over as it is. */
export class Unconvertible extends Error {}

export interface Converted {
    readonly plain: PlainValue;
    /** What had to be changed so that it fits; `undefined`: nothing. */
    readonly changed?: "shortened" | "without NUL characters" | undefined;
}

const uuidForm = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;
const timeForm = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Converts one value of the source for a column of the target.
 * @throws Unconvertible with the value, where nothing of it would survive
 */
export function convert(value: SourceValue, column: Column): Converted {
    if (value === null) {
        if (!column.nullable) throw new Unconvertible("is empty, which the target does not allow");
        return { plain: null };
    }
    switch (column.kind) {
        case "uuid":
            return { plain: uuid(value) };
        case "boolean":
            return { plain: String(integer(value, 0n, 1n) === 1n) };
        case "integer":
            return { plain: String(integer(value, -(2n ** 31n), 2n ** 31n - 1n)) };
        case "bigint":
            return { plain: String(integer(value, -(2n ** 63n), 2n ** 63n - 1n)) };
        case "real":
            return { plain: plainNumber(Math.fround(number(value))) };
        case "double":
            return { plain: plainNumber(number(value)) };
        case "timestamp":
            return { plain: microseconds(value) };
        case "bytes":
            return { plain: bytes(value) };
        case "text":
            return text(value, column.maxLength);
        case "bigints":
            return { plain: bigints(value) };
        default:
            return column.kind satisfies never;
    }
}

/** Two equal numbers have one text, whichever side wrote it. */
export function plainNumber(value: number): string {
    return Object.is(value, -0) ? "0" : String(value);
}

function uuid(value: SourceValue): string {
    if (typeof value !== "string" || !uuidForm.test(value)) throw new Unconvertible(`${shown(value)} is no GUID`);
    const digits = value.replaceAll("-", "").toLowerCase();
    return [0, 8, 12, 16, 20].map((start, part) => digits.slice(start, [8, 12, 16, 20, 32][part])).join("-");
}

function integer(value: SourceValue, min: bigint, max: bigint): bigint {
    const whole =
        typeof value === "bigint"
            ? value
            : typeof value === "number" && Number.isInteger(value)
              ? BigInt(value)
              : undefined;
    if (whole === undefined || whole < min || whole > max)
        throw new Unconvertible(`${shown(value)} is no whole number from ${min} to ${max}`);
    return whole;
}

function number(value: SourceValue): number {
    const real = typeof value === "bigint" ? Number(value) : value;
    if (typeof real !== "number") throw new Unconvertible(`${shown(value)} is no number`);
    return real;
}

/** .NET writes 100 ns; PostgreSQL holds whole microseconds, and what is finer is cut off. Without a zone it is UTC. */
function microseconds(value: SourceValue): string {
    const parts = typeof value === "string" ? timeForm.exec(value) : null;
    if (parts === null) throw new Unconvertible(`${shown(value)} is no time`);
    const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = parts;
    const milliseconds = Date.parse(
        `${year ?? ""}-${month ?? ""}-${day ?? ""}T${hour ?? ""}:${minute ?? ""}:${second ?? ""}${zone}`,
    );
    if (Number.isNaN(milliseconds)) throw new Unconvertible(`${shown(value)} is no time`);
    return String(BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6)));
}

function bytes(value: SourceValue): string {
    if (!(value instanceof Uint8Array)) throw new Unconvertible(`${shown(value)} is no bytes`);
    return Buffer.from(value).toString("hex");
}

function text(value: SourceValue, maxLength: number | undefined): Converted {
    if (value instanceof Uint8Array) throw new Unconvertible("bytes are no text");
    const whole = typeof value === "number" ? plainNumber(value) : String(value);
    // PostgreSQL has no NUL in a text at all.
    const clean = whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
    // Counted as PostgreSQL does, by characters and not by halves of them.
    const characters = maxLength !== undefined && clean.length > maxLength ? Array.from(clean) : undefined;
    if (characters !== undefined && maxLength !== undefined && characters.length > maxLength)
        return { plain: characters.slice(0, maxLength).join(""), changed: "shortened" };
    return clean === whole ? { plain: clean } : { plain: clean, changed: "without NUL characters" };
}

/** A list of whole numbers, which SQLite has as JSON; read by hand, because ticks are larger than JSON's numbers are exact. */
function bigints(value: SourceValue): string {
    if (typeof value !== "string" || !/^\s*\[\s*(-?\d+\s*(,\s*-?\d+\s*)*)?\]\s*$/.test(value))
        throw new Unconvertible(`${shown(value)} is no list of whole numbers`);
    return `{${(value.match(/-?\d+/g) ?? []).map((each) => BigInt(each)).join(",")}}`;
}

function shown(value: SourceValue): string {
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    const whole = typeof value === "string" ? `"${value}"` : String(value);
    return whole.length > 60 ? `${whole.slice(0, 57)}...` : whole;
}
