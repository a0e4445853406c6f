import { createHash } from "node:crypto";
import { Mask } from "../mask/mask";
import { fit, type Section } from "./budget";
import { code } from "./harmless";
import { maskedPreview } from "./masked";
import { headline, outcomeOf } from "./outcome";
import type { Preview } from "./preview";
import { details, dangers, errors, log, moves, policies, warnings } from "./sections";

/** GitHub refuses 65,536 characters; the rest is for whatever it counts otherwise than we do. */
export const LONGEST_COMMENT = 64_900;

/** What the text is for: a pull request, or the issue that says that the house is no longer as it was made. */
export type Purpose = "preview" | "drift";

/** What a comment is made of. */
export interface CommentSource {
    readonly purpose: Purpose;
    /** Name of the stack; lower-case letters, digits and hyphens. */
    readonly environment: string;
    readonly preview: Preview;
    /** Exit code of the CLI; `undefined` when it was never started. */
    readonly exitCode: number | undefined;
    /** What the CLI wrote to standard error. */
    readonly log: string;
    /** Secrets that are known, in plain; `undefined` when they could not be had, and then no value is shown. */
    readonly secrets: readonly string[] | undefined;
    /** Commit that was previewed, 40 hexadecimal digits. */
    readonly commit: string | undefined;
    /** Address of the run that made the preview. */
    readonly runUrl: string | undefined;
}

/** Finds the text of an environment again; a person reading it does not see it. @throws Error for another name */
export function markerOf(purpose: Purpose, environment: string): string {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(environment)) {
        throw new Error(
            `environment: ${JSON.stringify(environment)} is no name of a stack (lower-case letters, digits and hyphens); give the one of Pulumi.<stack>.yaml`,
        );
    }
    return `<!-- homelab-${purpose}:${environment} -->`;
}

/** Stands for what a preview would do, so that two can be compared: 12 hexadecimal digits. */
export function changeDigest({ changes }: Preview): string {
    const lines = changes.map(({ change, urn, properties }) =>
        JSON.stringify([change, urn, properties.map(({ path }) => path).sort()]),
    );
    return createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 12);
}

/** The comment of one environment, in Markdown, without secrets, short enough for GitHub, whatever came of the preview. */
export function comment(source: CommentSource): string {
    const mask = new Mask([...(source.secrets ?? []), ...source.preview.shownSecrets]);
    const preview = maskedPreview(source.preview, mask);
    const outcome = outcomeOf(preview, source.exitCode);
    const head = [
        markerOf(source.purpose, source.environment),
        `## ${code(source.environment)}: ${headline(preview, outcome)}`,
        about(source).join(", "),
        source.secrets === undefined ? "**The secrets could not be read, so no value and no log is shown.**" : "",
    ];
    const speechless = outcome !== "good" && outcome !== "refused";
    const printed = [...preview.otherLines, ...mask.text(source.log).split(/\r?\n/)];
    const sections = [
        errors(preview),
        dangers(preview),
        policies(preview),
        moves(preview),
        log(speechless && source.secrets !== undefined ? printed.filter((line) => line.trim() !== "") : []),
        warnings(preview),
        details(preview, source.secrets === undefined ? "hidden" : "shown"),
    ];
    return fitted(head.filter((line) => line !== "").join("\n\n"), sections, mask);
}

function about({ commit, exitCode, preview, runUrl }: CommentSource): string[] {
    return [
        ...(commit === undefined ? [] : [`commit ${code(commit)}`]),
        ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
        ...(preview.changes.length === 0 ? [] : [`changes ${code(changeDigest(preview))}`]),
        ...(runUrl === undefined ? [] : [`[the run](${address(runUrl)})`]),
    ];
}

function fitted(head: string, sections: readonly Section[], mask: Mask): string {
    for (let room = LONGEST_COMMENT - head.length - 3; room > 0; room -= 1000) {
        // What stood in two places that were masked apart may be one secret where they meet; a mark may be longer.
        const text = mask.known(`${fit(sections, room)}\n`);
        if (head.length + 2 + text.length <= LONGEST_COMMENT) return `${head}\n\n${text}`;
    }
    return head;
}

/** An address of the web without anything that would end a link. */
function address(url: string): string {
    if (!/^https:\/\/[^()\s<>"\\]+$/.test(url)) {
        throw new Error(`run-url: ${JSON.stringify(url)} is no address of a run (https, no brackets); leave it out`);
    }
    return url;
}
