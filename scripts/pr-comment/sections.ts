import type { Section } from "./budget";
import { code, fenced, prose, shortened } from "./harmless";
import { reasons } from "./outcome";
import { picture } from "./picture";
import { type Diagnostic, nameOf, type PolicyFinding, type Preview, type ResourceChange, typeOf } from "./preview";
import { propertyDiff } from "./property-diff";

/** Kinds whose loss is felt, protected or not: data, disks, and keys that others were given. */
const holdsData =
    /:(PersistentVolume(Claim)?|StatefulSet|Vm\w*|Bucket\w*|Repository|Random\w+|PrivateKey|SelfSignedCert)$/;
const MOST_LINES_OF_MESSAGE = 12;
const LONGEST_LINE = 500;
const LINES_OF_LOG = 40;

function lines(message: string): string {
    const all = message.split(/\r?\n/).filter((line) => line.trim() !== "");
    const shown = all.slice(0, MOST_LINES_OF_MESSAGE).map((line) => prose(shortened(line, LONGEST_LINE)));
    if (all.length > shown.length) shown.push(`and ${all.length - shown.length} more lines`);
    return shown.join("<br>");
}

function subject(urn: string): string {
    return urn === "" ? "" : `${code(typeOf(urn))} ${code(nameOf(urn))}: `;
}

export function errors(preview: Preview): Section {
    const blocks = reasons(preview).map(({ urn, message }) => `- ${subject(urn)}${lines(message)}`);
    return { before: "### Errors", blocks, after: "", left: (count) => `And ${count} more errors.`, share: 0.25 };
}

/** The end of what else was printed: all that there is when the engine crashed. */
export function log(others: readonly string[]): Section {
    const last = others.slice(-LINES_OF_LOG).map((line) => `  ${shortened(line, LONGEST_LINE)}`);
    const block = fenced("text", last);
    const before = "### The end of the log";
    return { before, blocks: last.length === 0 ? [] : [block], after: "", left: () => "It is too long.", share: 0.4 };
}

export function dangers({ changes }: Preview): Section {
    const rank = (change: ResourceChange) =>
        change.before?.protect === true ? 0 : holdsData.test(change.type) ? 1 : 2;
    const blocks = changes
        .filter((change) => change.change === "replace" || change.change === "delete" || losesProtection(change))
        .toSorted((a, b) => rank(a) - rank(b))
        .map((change) => `- ${dangerWords(change)}`);
    const left = (count: number) => `And ${count} more resources to replace or delete.`;
    return { before: "### Replaced, deleted or unprotected", blocks, after: "", left, share: 0.25 };
}

function losesProtection({ before, after }: ResourceChange): boolean {
    return before?.protect === true && after?.protect === false;
}

function dangerWords(change: ResourceChange): string {
    const marks = [
        ...(change.before?.protect === true ? ["**protected**"] : []),
        ...(holdsData.test(change.type) ? ["**holds data**"] : []),
    ];
    const happens =
        change.change === "replace"
            ? "is replaced"
            : change.change === "delete"
              ? "is deleted"
              : "stays, and loses its protection";
    const forces = change.properties.filter((property) => property.forces).map(({ path }) => code(path));
    const because = forces.length > 0 ? `, because of ${forces.slice(0, 5).join(", ")}` : "";
    const also = losesProtection(change) && change.change === "replace" ? ", and loses its protection" : "";
    return [...marks, `${code(change.type)} ${code(change.name)} ${happens}${because}${also}`].join(" ");
}

const notKnownYet = /can't .*during preview/s;

export function policies(preview: Preview): Section {
    const judged = preview.findings.filter(({ message }) => !notKnownYet.test(message));
    const waiting = preview.findings.filter(({ message }) => notKnownYet.test(message));
    const ordered = judged.toSorted((a, b) => Number(a.level === "advisory") - Number(b.level === "advisory"));
    const blocks = ordered.map((finding) => `- ${findingWords(finding)}`);
    if (waiting.length > 0) {
        const names = [...new Set(waiting.map(({ policy }) => code(policy)))];
        const more = names.length > 10 ? ` and ${names.length - 10} others` : "";
        blocks.push(
            `- ${waiting.length} times not checked, since a value is not known before the run: ${names.slice(0, 10).join(", ")}${more}`,
        );
    }
    if (preview.policies === "unknown") blocks.push("- Not told by this form of a preview; stream its events.");
    if (preview.policies === "none" && preview.completeness !== "none") blocks.push("- **No policy pack ran.**");
    const left = (count: number) => `And ${count} more lines of policies.`;
    return { before: "### Policies", blocks, after: "", left, share: 0.35 };
}

/** Messages of the house's own pack end with what to write instead: `<what is wrong> (<rule>); <what to write>`. */
function findingWords({ policy, level, urn, message }: PolicyFinding): string {
    const [first = "", ...rest] = message.split(/\r?\n/);
    // The engine puts the policy's description above the message.
    const said = rest.length > 0 ? rest.join("\n") : first;
    const separator = ` (${policy}); `;
    const at = said.indexOf(separator);
    const start = `${level === "mandatory" ? "**refused**" : "advice"} by ${code(policy)}, ${subject(urn)}`;
    if (at < 0) return `${start}${lines(said)}`;
    return `${start}${lines(said.slice(0, at))}<br>**Instead:** ${lines(said.slice(at + separator.length))}`;
}

export function warnings({ diagnostics }: Preview): Section {
    const isWarning = ({ severity }: Diagnostic) => severity === "warning";
    const texts = diagnostics.filter(isWarning).map(({ urn, message }) => `- ${subject(urn)}${lines(message)}`);
    const left = (count: number) => `And ${count} more warnings.`;
    return { before: "### Warnings", blocks: [...new Set(texts)], after: "", left, share: 0.1 };
}

export function moves({ changes }: Preview): Section {
    const drawn = picture(changes);
    const left = () => "The picture is too large.";
    return { before: "### Machines", blocks: drawn === undefined ? [] : [drawn], after: "", left, share: 0.15 };
}

/** @param values `hidden` where nobody knows which of them are secret */
export function details({ changes }: Preview, values: "shown" | "hidden"): Section {
    // The stack itself has nothing to show.
    const resources = changes.filter(({ type }) => type !== "pulumi:pulumi:Stack");
    const blocks = resources.map((change) => {
        const title = `**${change.change}** ${code(change.type)} ${code(change.name)}`;
        const diff = values === "shown" ? propertyDiff(change) : [];
        return diff.length === 0 ? `${title}\n` : `${title}\n\n${fenced("diff", diff)}\n`;
    });
    return {
        before: `<details><summary>All ${resources.length} changes, property by property</summary>`,
        blocks,
        after: "</details>",
        left: (count) => `**Cut here:** ${count} more resources change than a comment has room for; the run shows all.`,
        share: 1,
    };
}
