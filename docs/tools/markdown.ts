/**
 * Text of the program as Markdown: what looks like HTML is escaped, but for what stands between backticks, where Markdown
 * takes everything as it is.
 */
export function prose(text: string): string {
    return text
        .split("`")
        .map((part, index) => (index % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll("*", "\\*")))
        .join("`");
}

/** A table. Cells are Markdown; a `|` in a cell is escaped, a line break becomes a space. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]) =>
        `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A page: its parts with an empty line between them, and one line break at the end. */
export function page(...parts: readonly string[]): string {
    return `${parts.join("\n\n")}\n`;
}

/** First line of a generated page, for those who would edit it. */
export function generatedFrom(source: string): string {
    return `<!-- Generated from ${source} by \`npm run docs\`. Changes are made there. -->`;
}
