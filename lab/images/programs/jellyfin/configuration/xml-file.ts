import { readFileSync, writeFileSync } from "node:fs";

function escape(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescape(text: string): string {
    return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

const ENTRIES = String.raw`\s*(?:<string>[^<]*</string>\s*)*`;

/** One of the server's XML files: keys with plain values or lists of texts below one root; all else in it is kept. */
export class XmlFile {
    private text: string;

    /**
     * Reads it; writes the defaults where it is missing, and, as the real server does, where it cannot be read: a file
     * caught half written is lost.
     */
    constructor(
        readonly path: string,
        private readonly root: string,
        defaults: Readonly<Record<string, string | readonly string[]>>,
    ) {
        this.text = this.read() ?? this.write(this.render(defaults));
    }

    /** Empty where the key is missing: the value of the first read, whatever another replica wrote since. */
    get(key: string): string {
        return unescape(new RegExp(`<${key}>([^<]*)</${key}>`).exec(this.text)?.[1] ?? "");
    }

    /** Whether the file says anything of it. */
    has(key: string): boolean {
        return new RegExp(`<${key}(>| ?/>)`).test(this.text);
    }

    /** Texts of a list; empty where the key is missing. */
    list(key: string): string[] {
        const inner = new RegExp(`<${key}>(${ENTRIES})</${key}>`).exec(this.text)?.[1] ?? "";
        return [...inner.matchAll(/<string>([^<]*)<\/string>/g)].map(([, entry = ""]) => unescape(entry));
    }

    /** Writes the whole file as this process knows it: what another replica wrote since is overwritten. */
    set(key: string, value: string | readonly string[]): void {
        const made = element(key, value);
        const old = new RegExp(`<${key}>(?:[^<]*|${ENTRIES})</${key}>|<${key} ?/>`);
        const end = `</${this.root}>`;
        this.write(
            old.test(this.text)
                ? this.text.replace(old, () => made)
                : this.text.replace(end, () => `  ${made}\n${end}`),
        );
    }

    private read(): string | undefined {
        try {
            const text = readFileSync(this.path, "utf8");
            return text.includes(`</${this.root}>`) ? text : undefined;
        } catch {
            return undefined;
        }
    }

    private write(text: string): string {
        writeFileSync(this.path, text);
        this.text = text;
        return text;
    }

    private render(values: Readonly<Record<string, string | readonly string[]>>): string {
        const lines = Object.entries(values).map(([key, value]) => `  ${element(key, value)}`);
        return ['<?xml version="1.0" encoding="utf-8"?>', `<${this.root}>`, ...lines, `</${this.root}>`, ""].join("\n");
    }
}

function element(key: string, value: string | readonly string[]): string {
    const inner =
        typeof value === "string" ? escape(value) : value.map((one) => `<string>${escape(one)}</string>`).join("");
    return `<${key}>${inner}</${key}>`;
}
