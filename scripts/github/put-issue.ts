import { call, findIssue, type GitHub } from "./api";

export interface IssueText {
    /** First line of the body, by which the issue is found again. */
    readonly marker: string;
    readonly title: string;
    readonly body: string;
    /** `closed`: there is nothing to tell, and an issue that tells something is closed. */
    readonly state: "open" | "closed";
}

/** Keeps at most one open issue for a marker, with the newest text; closes it when there is nothing to tell any more. */
export async function putIssue(github: GitHub, { marker, title, body, state }: IssueText): Promise<void> {
    if (!body.startsWith(marker)) {
        throw new Error(
            `issue: does not begin with ${marker} (it would be opened again each time); write it with pr-comment write`,
        );
    }
    const number = await findIssue(github, marker);
    if (number === undefined) {
        if (state === "open") await call(github, "POST", "issues", { title, body });
        return;
    }
    await call(github, "PATCH", `issues/${number}`, { title, body, state });
}
