import { call, findComment, type GitHub } from "./api";

/**
 * Writes the one comment of a marker: the first time a new one, then always the same one anew.
 * @throws Error when the text does not begin with the marker: it could not be found again
 */
export async function putComment(github: GitHub, number: number, marker: string, body: string): Promise<void> {
    if (!body.startsWith(marker)) {
        throw new Error(
            `comment: does not begin with ${marker} (it would be written again each time); write it with pr-comment write`,
        );
    }
    const id = await findComment(github, number, marker);
    if (id === undefined) await call(github, "POST", `issues/${number}/comments`, { body });
    else await call(github, "PATCH", `issues/comments/${id}`, { body });
}
