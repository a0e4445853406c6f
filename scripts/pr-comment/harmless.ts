/**
 * Makes foreign text safe to stand in a comment. Names and messages come from configuration, charts and clusters: one
 * with Markdown, HTML, a mention or an order for a pull request's robot in it must be shown, and do nothing.
 */

/** Follows a sign that GitHub would make a mention or a reference of; it is not seen. */
const NOTHING = "&#8203;";
const LONGEST_NAME = 160;

/** Characters that cannot be seen, or change the order in which others are read, written as their numbers. */
export function visible(text: string): string {
    return text
        .replaceAll("\r\n", "\\n")
        .replaceAll("\n", "\\n")
        .replaceAll("\t", "\\t")
        .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034f\u115f\u1160\u3164\uffa0]/gu, (character) => {
            const code = character.codePointAt(0) ?? 0;
            return `\\u{${code.toString(16)}}`;
        });
}

/** At most `longest` characters (code points), with a sign where something was cut. */
export function shortened(text: string, longest: number): string {
    const characters = [...text];
    return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

/** One line of foreign text among our own words: neither Markdown nor HTML, and nobody is called. */
export function prose(text: string): string {
    return visible(text)
        .replace(/[&<>[\]!*_`~@#|\\${}^]/g, (sign) => {
            const entity = `&#${sign.charCodeAt(0)};`;
            return sign === "@" || sign === "#" ? `${entity}${NOTHING}` : entity;
        })
        .replace(/:(?=\/\/)/g, "&#58;")
        .replace(/\bwww\./gi, (start) => `${start.slice(0, 3)}&#46;`);
}

/** A name, in the type of code. As an element of HTML, since nothing that it holds could end it. */
export function code(text: string): string {
    return `<code>${prose(shortened(text, LONGEST_NAME))}</code>`;
}

/** Lines in a block that no line of them can end. Each line begins with one of our own signs, so none opens another. */
export function fenced(language: "diff" | "text" | "mermaid", lines: readonly string[]): string {
    const safe = lines.map(visible);
    const longestRun = Math.max(2, ...safe.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
    const fence = "`".repeat(longestRun + 1);
    return [`${fence}${language}`, ...safe, fence].join("\n");
}

/** A label of Mermaid; everything but plain letters goes in as its number, which Mermaid shows as the character. */
export function mermaidLabel(text: string): string {
    const escaped = visible(shortened(text, 60)).replace(/[^A-Za-z0-9 .:/-]/gu, (character) => {
        return `#${character.codePointAt(0) ?? 0};`;
    });
    return `"${escaped}"`;
}
