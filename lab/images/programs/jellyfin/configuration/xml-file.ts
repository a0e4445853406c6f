import { readFileSync, writeFileSync } from "node:fs";

function escape(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescape(text: string): string {
    return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** One of the server's XML files: keys with plain values below one root; lists in it are kept, not read. */
export class XmlFile {
    private text: string;

    /**
     * Reads it; writes the defaults where it is missing, and, as the real server does, where it cannot be read: a file
     * caught half written is lost.
     */
    constructor(
        readonly path: string,
        private readonly root: string,
        defaults: Readonly<Record<string, string>>,
    ) {
        this.text = this.read() ?? this.write(this.render(defaults));
    }

    /** Empty where the key is missing: the value of the first read, whatever another replica wrote since. */
    get(key: string): string {
        return unescape(new RegExp(`<${key}>([^<]*)</${key}>`).exec(this.text)?.[1] ?? "");
    }

    /** Writes the whole file as this process knows it: what another replica wrote since is overwritten. */
    set(key: string, value: string): void {
        const element = `<${key}>${escape(value)}</${key}>`;
        const old = new RegExp(`<${key}>[^<]*</${key}>|<${key} ?/>`);
        const end = `</${this.root}>`;
        this.write(
            old.test(this.text)
                ? this.text.replace(old, () => element)
                : this.text.replace(end, () => `  ${element}\n${end}`),
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

    private render(values: Readonly<Record<string, string>>): string {
        const lines = Object.entries(values).map(([key, value]) => `  <${key}>${escape(value)}</${key}>`);
        return ['<?xml version="1.0" encoding="utf-8"?>', `<${this.root}>`, ...lines, `</${this.root}>`, ""].join("\n");
    }
}
