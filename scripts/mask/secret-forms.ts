/** Shorter texts are masked only where they are a whole value: within running text they would hit words. */
export const SHORTEST_SECRET = 6;
/** A line of a longer secret, such as a key, that gives away enough to count as a secret of its own. */
const TELLING_LINE = 16;

/** Where bytes may begin within a base64 group of three. */
const ALIGNMENTS = [0, 1, 2] as const;

/** A secret, and the parts of it that are secret by themselves: lines of a key, the value of `name=value`, a URL's password. */
export function partsOf(secret: string): string[] {
    const text = secret.trim();
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const parts = [text, ...(lines.length > 1 ? lines.filter((line) => line.length >= TELLING_LINE) : [])];
    const url = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:(.+)@/i.exec(text)?.[1];
    const assigned = /^[^\s=]+=(\S{8,})$/.exec(text)?.[1];
    for (const part of [url, assigned]) if (part !== undefined) parts.push(part);
    // Armour is the same for every key.
    return parts.filter((part) => part !== "" && !/^-----(BEGIN|END) [A-Z ]+-----$/.test(part));
}

/** Every way in which a text is commonly written down as it is, with the escapes of what is around it. */
export function writtenForms(secret: string): string[] {
    return longEnough([secret, ...escapedForms(secret), ...urlForms(secret)]);
}

/** A text in base64, also twice, and in hexadecimal: where it begins and ends, a character may be of something else too. */
export function encodedForms(secret: string): string[] {
    const bytes = Buffer.from(secret, "utf8");
    const hex = bytes.toString("hex");
    return longEnough([...base64Forms(secret), ...base64Forms(bytes.toString("base64")), hex, hex.toUpperCase()]);
}

function longEnough(forms: readonly string[]): string[] {
    return [...new Set(forms)].filter((form) => form.length >= SHORTEST_SECRET);
}

/** As a string within JSON, within JSON in JSON, and within that; as Go writes it; in HTML, YAML and a shell. */
function escapedForms(text: string): string[] {
    const json = (value: string): string => JSON.stringify(value).slice(1, -1);
    const once = json(text);
    const goStyle = once.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
    const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return [
        once,
        goStyle,
        json(once),
        json(json(once)),
        html,
        html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
        text.replaceAll("'", "''"),
        text.replaceAll("'", "'\\''"),
        text.replaceAll('"', '\\"'),
    ];
}

function urlForms(text: string): string[] {
    // A lone surrogate has no URL form.
    const proper = Buffer.from(text, "utf8").toString("utf8");
    const forms = [
        new URLSearchParams([["", proper]]).toString().slice(1),
        encodeURIComponent(proper),
        encodeURI(proper),
    ];
    const everyByte = [...Buffer.from(text, "utf8")].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    forms.push(everyByte, everyByte.toUpperCase());
    return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/**
 * The characters of base64 that a text alone decides, wherever it begins within a longer one: at its edges, six bits may
 * belong to a neighbour too.
 */
function base64Forms(text: string): string[] {
    const bytes = Buffer.from(text, "utf8");
    return ALIGNMENTS.flatMap((offset) => {
        const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
        const first = Math.ceil((8 * offset) / 6);
        const last = Math.floor((8 * (offset + bytes.length)) / 6);
        const own = padded.slice(first, last);
        return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
    });
}
