/** A file that a script writes. */
export interface ShellFile {
    readonly path: string;
    readonly content: string;
    /** Octal digits. */
    readonly permissions: string;
    readonly group: string;
}

/** What a script puts in the place of a mark. */
export interface Substitution {
    readonly mark: string;
    /** Name of the shell's variable that has it. */
    readonly variable: string;
}

const END = "END_OF_FILE";

/** One word of a command line, as a shell reads it. */
export function shellWord(text: string): string {
    return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A call of the function `file` with the text of a file. Without a mark in it the text is literal; with one, only the mark
 * means anything to the shell.
 */
export function heredoc({ path, content, permissions, group }: ShellFile, substitution?: Substitution): string {
    const call = `file ${shellWord(path)} ${permissions} ${shellWord(group)}`;
    const text = content.replace(/\n$/, "");
    if (substitution === undefined || !content.includes(substitution.mark)) {
        return `${call} <<'${END}'\n${text}\n${END}`;
    }
    const literal = text.replace(/[\\$`]/g, (mark) => `\\${mark}`);
    return `${call} <<${END}\n${literal.replaceAll(substitution.mark, `\${${substitution.variable}}`)}\n${END}`;
}
