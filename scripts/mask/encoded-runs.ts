import { gunzipSync } from "node:zlib";

/** What a run of encoded characters says when it is decoded, and where it stands. */
export interface EncodedRun {
    readonly start: number;
    readonly end: number;
    readonly decoded: string;
}

/** Base64 in one piece, or in lines of 40 characters and more, as tools wrap it; a line's end may be written as `\n`. */
const base64Run = /(?:[A-Za-z0-9+/]{40,}(?:\s|\\r|\\n)+)*[A-Za-z0-9+/_-]{8,}={0,2}/g;
const word = /[^\s"'<>]+/g;
/** Of an archive that swells; what is behind it is not looked at. */
const MOST_BYTES = 4 * 1024 * 1024;
const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** Every encoded run of a text. Text that only looks encoded decodes to nonsense, which nobody finds a secret in. */
export function encodedRuns(text: string): EncodedRun[] {
    return [
        ...runs(text, base64Run, fromBase64),
        ...runs(text, word, fromPercent),
        ...runs(text, word, fromUnicodeEscapes),
    ];
}

function runs(text: string, form: RegExp, decode: (run: string) => string | undefined): EncodedRun[] {
    return [...text.matchAll(form)].flatMap((match) => {
        const decoded = decode(match[0]);
        if (decoded === undefined || decoded === match[0]) return [];
        return [{ start: match.index, end: match.index + match[0].length, decoded }];
    });
}

function fromBase64(run: string): string {
    const bytes = Buffer.from(run.replace(/\s|\\r|\\n/g, ""), "base64");
    if (!bytes.subarray(0, 2).equals(gzipMagic)) return bytes.toString("utf8");
    try {
        return gunzipSync(bytes, { maxOutputLength: MOST_BYTES }).toString("utf8");
    } catch {
        return "";
    }
}

function fromPercent(run: string): string | undefined {
    if (!run.includes("%")) return undefined;
    try {
        return decodeURIComponent(run.replaceAll("+", " "));
    } catch {
        return undefined;
    }
}

function fromUnicodeEscapes(run: string): string | undefined {
    if (!run.includes("\\u")) return undefined;
    return run.replace(/\\u([0-9A-Fa-f]{4})/g, (_whole, code: string) => String.fromCharCode(parseInt(code, 16)));
}
