/** How many letters must be added, removed or changed to make `b` of `a` (Levenshtein); case does not count. */
function distance(a: string, b: string): number {
    const [from, to] = [a.toLowerCase(), b.toLowerCase()];
    let row = Array.from({ length: to.length + 1 }, (_, column) => column);
    for (const [line, letter] of [...from].entries()) {
        const next = [line + 1];
        for (const [column, other] of [...to].entries()) {
            const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
            next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
        }
        row = next;
    }
    return row[to.length] ?? 0;
}

/** The known word that was most likely meant, or nothing when none is within a third of its letters (but at least two). */
export function nearest(word: string, known: readonly string[]): string | undefined {
    const [best] = known
        .map((candidate) => ({ candidate, away: distance(word, candidate) }))
        .filter(({ candidate, away }) => away <= Math.max(2, Math.floor(candidate.length / 3)))
        .sort((a, b) => a.away - b.away);
    return best?.candidate;
}
