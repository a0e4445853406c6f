import { SHORTEST_SECRET } from "./secret-forms";

/** From `start` up to, not with, `end`. */
export interface Span {
    readonly start: number;
    readonly end: number;
}

/**
 * Finds any of many texts in one pass, by their first characters. A house has some hundred secrets with a dozen forms
 * each, and a preview tens of thousands of texts.
 */
export class SecretIndex {
    private readonly byHead = new Map<string, string[]>();

    add(text: string): void {
        const head = text.slice(0, SHORTEST_SECRET);
        const others = this.byHead.get(head) ?? [];
        if (!others.includes(text))
            this.byHead.set(
                head,
                [...others, text].toSorted((a, b) => b.length - a.length),
            );
    }

    /** Every place of every text, the longest one where several begin; places may overlap. */
    find(text: string): Span[] {
        const spans: Span[] = [];
        if (this.byHead.size === 0) return spans;
        for (let start = 0; start + SHORTEST_SECRET <= text.length; start++) {
            const candidates = this.byHead.get(text.slice(start, start + SHORTEST_SECRET));
            const found = candidates?.find((candidate) => text.startsWith(candidate, start));
            if (found !== undefined) spans.push({ start, end: start + found.length });
        }
        return spans;
    }
}
