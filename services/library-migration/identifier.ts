/** A name as SQL takes it, in both databases. */
export function quoted(name: string): string {
    return `"${name.replaceAll('"', '""')}"`;
}
