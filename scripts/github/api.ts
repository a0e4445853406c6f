import { z } from "zod";

/** Who writes with the token of a workflow. */
const OWN_LOGIN = "github-actions[bot]";
const PAGE = 100;
/** More pages than any thread has: an answer that never ends is a mistake. */
const MOST_PAGES = 100;

const entry = z.object({
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullish(),
});
const comments = z.array(entry.extend({ id: z.number() }));
const issues = z.array(entry.extend({ number: z.number(), pull_request: z.unknown().optional() }));

/** One repository of GitHub. */
export interface GitHub {
    /** Where the API answers, for example `https://api.github.com`. */
    readonly url: string;
    /** `owner/name`. */
    readonly repository: string;
    readonly token: string;
}

/** The repository that a workflow runs for. @throws Error when its environment does not say which */
export function githubOf(env: NodeJS.ProcessEnv): GitHub {
    const { GITHUB_API_URL: url = "https://api.github.com", GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = env;
    if (repository === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
        throw new Error(`GITHUB_REPOSITORY: ${repository ?? "nothing"} is not owner/name; run this in a workflow`);
    }
    if (token === undefined || token === "") {
        throw new Error("GITHUB_TOKEN: is missing; give the step the workflow's own token, github.token");
    }
    return { url, repository, token };
}

/** One call. @throws Error with the answer's status and message */
export async function call(
    github: GitHub,
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: object,
): Promise<unknown> {
    const answer = await fetch(`${github.url}/repos/${github.repository}/${path}`, {
        method,
        headers: {
            accept: "application/vnd.github+json",
            authorization: `Bearer ${github.token}`,
            "content-type": "application/json",
            "x-github-api-version": "2022-11-28",
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer.json();
    const said = (await answer.text()).slice(0, 300);
    throw new Error(`${method} ${path}: ${answer.status} ${said} (the API refuses); look at the job's permissions`);
}

async function all(github: GitHub, path: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
        const separator = path.includes("?") ? "&" : "?";
        const answer = await call(github, "GET", `${path}${separator}per_page=${PAGE}&page=${page}`);
        const items = z.array(z.unknown()).parse(answer);
        found.push(...items);
        if (items.length < PAGE) break;
    }
    return found;
}

/** Id of our own comment with this marker; what others wrote is never touched, even if it begins with the marker. */
export async function findComment(github: GitHub, number: number, marker: string): Promise<number | undefined> {
    const found = comments.parse(await all(github, `issues/${number}/comments`));
    return found.find(({ body, user }) => user?.login === OWN_LOGIN && body?.startsWith(marker))?.id;
}

/** Number of our own open issue with this marker. */
export async function findIssue(github: GitHub, marker: string): Promise<number | undefined> {
    const found = issues.parse(await all(github, "issues?state=open"));
    return found.find(
        ({ body, user, pull_request: pull }) =>
            pull === undefined && user?.login === OWN_LOGIN && body?.startsWith(marker),
    )?.number;
}
