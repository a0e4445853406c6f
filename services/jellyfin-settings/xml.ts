import type { Settings, Value } from "./wanted";

/** A child of the root, as text. */
interface Child {
    readonly key: string;
    readonly text: string;
}

const HEADER = '<?xml version="1.0" encoding="utf-8"?>';
/** An instruction, a comment, or the tag of an element; a quoted `>` belongs to its tag. */
const MARKUP = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:"[^"]*"|'[^']*'|[^"'>])*?)(\/?)>/g;

function escaped(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function element(key: string, value: Value): string {
    if (typeof value !== "object") return `<${key}>${escaped(String(value))}</${key}>`;
    if (value.length === 0) return `<${key} />`;
    return `<${key}>${value.map((entry) => `<string>${escaped(entry)}</string>`).join("")}</${key}>`;
}

/**
 * The children of the root of one of the server's files.
 * @returns `undefined` where it is not whole: a file that was caught half written, or another one.
 */
function childrenOf(text: string, root: string): Child[] | undefined {
    const children: Child[] = [];
    const open: { readonly key: string; readonly from: number }[] = [];
    let isClosed = false;
    for (const match of text.matchAll(MARKUP)) {
        const [tag, slash = "", key = "", , single = ""] = match;
        if (key === "") continue;
        const end = match.index + tag.length;
        if (isClosed || (open.length === 0 && key !== root)) return undefined;
        if (slash !== "") {
            const last = open.pop();
            if (last?.key !== key) return undefined;
            if (open.length === 1) children.push({ key, text: text.slice(last.from, end) });
            isClosed = open.length === 0;
        } else if (single !== "") {
            if (open.length === 1) children.push({ key, text: tag });
            isClosed = open.length === 0;
        } else {
            open.push({ key, from: match.index });
        }
    }
    return isClosed ? children : undefined;
}

/** Whether it is one of the server's files, to its end. */
export function isWhole(text: string, root: string): boolean {
    return childrenOf(text, root) !== undefined;
}

/**
 * One of the server's files with these settings. Every other element stays as it was, character by character.
 * @param text `undefined` where there is no file; one that is not whole counts as none.
 */
export function withSettings(text: string | undefined, root: string, settings: Settings): string {
    const kept = (text === undefined ? undefined : childrenOf(text, root)) ?? [];
    const lines = [
        ...kept.filter(({ key }) => !(key in settings)).map((child) => child.text),
        ...Object.entries(settings).map(([key, value]) => element(key, value)),
    ];
    return [HEADER, `<${root}>`, ...lines.map((line) => `  ${line}`), `</${root}>`, ""].join("\n");
}
