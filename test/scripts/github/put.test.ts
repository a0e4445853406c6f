import assert from "node:assert/strict";
import { type GitHub, githubOf } from "../../../scripts/github/api";
import { putComment } from "../../../scripts/github/put-comment";
import { putIssue } from "../../../scripts/github/put-issue";
import { StandIn } from "./stand-in";

const marker = "<!-- homelab-preview:prod -->";
const drift = "<!-- homelab-drift:prod -->";

describe("what is written to GitHub", () => {
    let standIn: StandIn;
    let github: GitHub;
    beforeEach(async () => {
        standIn = await StandIn.start();
        github = { url: standIn.url, repository: "house/homelab", token: "good" };
    });
    afterEach(() => standIn.close());

    it("is one comment, which the next preview writes anew", async () => {
        await putComment(github, 12, marker, `${marker}\nfirst`);
        await putComment(github, 12, marker, `${marker}\nsecond`);
        assert.deepEqual(
            standIn.comments.map(({ body }) => body),
            [`${marker}\nsecond`],
        );
    });

    it("is one comment for each environment", async () => {
        const other = "<!-- homelab-preview:prod-2 -->";
        await putComment(github, 12, other, `${other}\nfirst`);
        await putComment(github, 12, marker, `${marker}\nfirst`);
        assert.equal(standIn.comments.length, 2);
    });

    it("is found again behind more comments than a page holds", async () => {
        for (let index = 0; index < 250; index++)
            standIn.add(standIn.comments, { body: `${index}`, user: { login: "someone" } });
        standIn.add(standIn.comments, { body: `${marker}\nfirst` });
        await putComment(github, 12, marker, `${marker}\nsecond`);
        assert.equal(standIn.comments.length, 251);
        assert.equal(standIn.comments.at(-1)?.body, `${marker}\nsecond`);
    });

    it("never goes over what somebody else wrote, even below our marker", async () => {
        standIn.add(standIn.comments, { body: `${marker}\nlooks good`, user: { login: "someone" } });
        await putComment(github, 12, marker, `${marker}\nours`);
        assert.deepEqual(
            standIn.comments.map(({ body }) => body),
            [`${marker}\nlooks good`, `${marker}\nours`],
        );
    });

    it("is refused without its marker, because it would be written again each time", async () => {
        await assert.rejects(putComment(github, 12, marker, "text"), /^Error: comment: does not begin with/);
    });

    it("is one issue for a drift, kept up to date, and closed when it is gone", async () => {
        const text = { marker: drift, title: "prod is not as it was made" };
        standIn.add(standIn.issues, { body: `${drift}\nour own`, user: { login: "someone" } });
        standIn.add(standIn.issues, { body: `${drift}\na pull request`, pull_request: {} });
        await putIssue(github, { ...text, body: `${drift}\nfirst`, state: "open" });
        await putIssue(github, { ...text, body: `${drift}\nsecond`, state: "open" });
        const own = () => standIn.issues.slice(2).map(({ body, state }) => `${state} ${body.split("\n")[1] ?? ""}`);
        assert.deepEqual(own(), ["open second"]);
        await putIssue(github, { ...text, body: `${drift}\nnothing`, state: "closed" });
        assert.deepEqual(own(), ["closed nothing"]);
        await putIssue(github, { ...text, body: `${drift}\nagain`, state: "open" });
        assert.deepEqual(own(), ["closed nothing", "open again"]);
    });

    it("opens no issue when there is nothing to tell", async () => {
        await putIssue(github, { marker: drift, title: "x", body: drift, state: "closed" });
        assert.deepEqual(standIn.issues, []);
    });

    it("fails with the API's own words, and without the token", async () => {
        const refused = putComment({ ...github, token: "tokenThatIsWrong" }, 12, marker, marker);
        await assert.rejects(refused, (error: Error) => {
            assert.match(error.message, /401 .*Bad credentials.*permissions/);
            assert.doesNotMatch(error.message, /tokenThatIsWrong/);
            return true;
        });
    });

    it("needs a repository and a token", () => {
        assert.throws(() => githubOf({}), /^Error: GITHUB_REPOSITORY: /);
        assert.throws(() => githubOf({ GITHUB_REPOSITORY: "a/b" }), /^Error: GITHUB_TOKEN: /);
        assert.equal(githubOf({ GITHUB_REPOSITORY: "a/b", GITHUB_TOKEN: "x" }).url, "https://api.github.com");
    });
});
