import { isValues, SECRET_MARK } from "./plain-values";
import { encodedRuns } from "./encoded-runs";
import { encodedForms, partsOf, SHORTEST_SECRET, writtenForms } from "./secret-forms";
import { SecretIndex, type Span } from "./secret-index";
import { holdsSecretForm, isSecretKey, withoutSecretForms } from "./secret-words";

/** A secret may be encoded in something that is encoded itself; deeper than this nobody nests. */
const DEEPEST = 3;

/**
 * Takes secrets out of whatever is to be shown: those that are known, in every form in which a text is commonly written;
 * values whose key says that they are secret; and what has the form of a secret.
 */
export class Mask {
    private readonly written = new SecretIndex();
    private readonly encoded = new SecretIndex();
    /** Too short to be looked for within a text. */
    private readonly short = new Set<string>();
    private readonly masked = new Map<string, string>();

    constructor(known: Iterable<string>) {
        for (const part of new Set([...known].flatMap(partsOf))) {
            if (part.length < SHORTEST_SECRET) {
                this.short.add(part).add(Buffer.from(part, "utf8").toString("base64"));
            } else {
                for (const form of writtenForms(part)) this.written.add(form);
                for (const form of encodedForms(part)) this.encoded.add(form);
            }
        }
    }

    /** A text without secrets; the rest of it stays as it is. */
    text(text: string): string {
        if (this.short.has(text.trim())) return SECRET_MARK;
        const done = this.masked.get(text);
        if (done !== undefined) return done;
        const result = withoutSecretForms(cut(text, this.spans(text)));
        this.masked.set(text, result);
        return result;
    }

    /** A text without the known secrets, and nothing else changed: for what was put together from masked parts. */
    known(text: string): string {
        const encoded = this.encoded.find(text).map((span) => whole(text, span));
        return cut(text, [...this.written.find(text), ...encoded]);
    }

    /**
     * A value of a resource without secrets. Of a Kubernetes Secret nothing is shown, whether or not it was marked.
     * @param key the key that holds the value, empty for the resource's properties as a whole
     */
    value(value: unknown, key = "", type = ""): unknown {
        if (typeof value === "string") return isSecretKey(key) && value !== "" ? SECRET_MARK : this.text(value);
        if (Array.isArray(value)) return this.list(value, key);
        if (!isValues(value)) return value;
        const named = typeof value["name"] === "string" && isSecretKey(value["name"]);
        const entries = Object.entries(value).map(([own, item]): [string, unknown] => {
            const hidden =
                (type === "kubernetes:core/v1:Secret" && (own === "data" || own === "stringData")) ||
                (named && own === "value");
            return [this.text(own), hidden ? hide(item) : this.value(item, own)];
        });
        return Object.fromEntries(entries);
    }

    /** `["--password", "..."]`: the word before tells. */
    private list(values: readonly unknown[], key: string): unknown[] {
        return values.map((item, index) => {
            const before = values[index - 1];
            const told = typeof before === "string" && before.startsWith("-") && isSecretKey(before);
            return told && typeof item === "string" && !item.startsWith("-") ? SECRET_MARK : this.value(item, key);
        });
    }

    private spans(text: string): Span[] {
        const runs = encodedRuns(text).filter(({ decoded }) => this.isTelling(decoded, DEEPEST));
        const encoded = this.encoded.find(text).map((span) => whole(text, span));
        return [...this.written.find(text), ...encoded, ...runs];
    }

    private isTelling(decoded: string, depth: number): boolean {
        const known = this.written.find(decoded).length > 0 || this.encoded.find(decoded).length > 0;
        if (known || holdsSecretForm(decoded)) return true;
        return depth > 1 && encodedRuns(decoded).some((run) => this.isTelling(run.decoded, depth - 1));
    }
}

const encodedCharacter = /[A-Za-z0-9+/_=-]/;

/** The neighbours go too: they hold bits of the secret's first and last character. */
function whole(text: string, span: Span): Span {
    let { start, end } = span;
    while (start > 0 && encodedCharacter.test(text.charAt(start - 1))) start--;
    while (end < text.length && encodedCharacter.test(text.charAt(end))) end++;
    return { start, end };
}

function cut(text: string, spans: readonly Span[]): string {
    let result = "";
    let position = 0;
    for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
        if (end <= position) continue;
        // Spans that touch or overlap become one mark.
        if (start > position || position === 0) result += text.slice(position, start) + SECRET_MARK;
        position = end;
    }
    return result + text.slice(position);
}

function hide(value: unknown): unknown {
    if (!isValues(value)) return value === undefined || value === null ? value : SECRET_MARK;
    return Object.fromEntries(Object.keys(value).map((key) => [key, SECRET_MARK]));
}
