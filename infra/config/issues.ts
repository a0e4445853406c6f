import { isPrivateKey } from "./private-key";

/** One mistake in the configuration. */
export interface ConfigIssue {
    /** Where: `hosts[1].address`, as the stack file has it below `homelab:`. */
    readonly path: string;
    /** What is wrong, with the value, as the rest of a sentence. */
    readonly wrong: string;
    /** The rule that it breaks, and why there is one. */
    readonly rule: string;
    /** What to write instead, in the imperative. */
    readonly write: string;
}

/** One mistake as one line: `<path>: <what is wrong> (<rule>); <what to write>`. */
export function issueLine(issue: ConfigIssue): string {
    return `${issue.path}: ${issue.wrong} (${issue.rule}); ${issue.write}`;
}

/** Writes a path of keys and indices as the stack file's reader thinks of it: `hosts[1].address`. */
export function pathText(path: readonly PropertyKey[]): string {
    return path
        .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
        .join("")
        .replace(/^\./, "");
}

/** All mistakes of a configuration at once, one line each. Thrown before any resource exists. */
export class ConfigError extends Error {
    readonly issues: readonly ConfigIssue[];

    constructor(issues: readonly ConfigIssue[]) {
        const title = issues.length === 1 ? "1 mistake" : `${issues.length} mistakes`;
        const lines = issues.map((issue) => `  ${issueLine(issue)}`);
        super([`${title} in the configuration; nothing was changed.`, ...lines].join("\n"));
        this.name = "ConfigError";
        this.issues = issues;
    }
}

const longestShown = 160;

/**
 * A wrong value as a message shows it. Text that YAML would read as something else is quoted, long text is cut, and what
 * stands before the `@` of a URL is hidden: it may be a password. Nothing of a private key is shown.
 */
export function shown(value: unknown): string {
    if (value === null || value === undefined) {
        return "nothing";
    }
    if (Array.isArray(value)) {
        return "a list";
    }
    if (typeof value === "object") {
        return "a group of settings";
    }
    if (typeof value !== "string") {
        return JSON.stringify(value);
    }
    if (isPrivateKey(value)) {
        return "a private key";
    }
    const masked = value.replace(/^([a-z]+:\/\/).*@|^[^/@]*:.*@/i, (_, scheme?: string) => `${scheme ?? ""}***@`);
    const cut = masked.length > longestShown ? `${masked.slice(0, longestShown)}…` : masked;
    const plain = /^[^\s"']+$/.test(cut) && Number.isNaN(Number(cut)) && !/^(true|false|null|yes|no|~)$/i.test(cut);
    return plain ? cut : JSON.stringify(cut);
}

/** Names in a sentence: `pve-1, pve-2 and pve-3`. */
export function listed(names: readonly string[], before: "and" | "or" = "and"): string {
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${before} ${names.slice(-1).join("")}`;
}
