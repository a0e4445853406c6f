import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StandIn } from "./github/stand-in";
import { removeFolder } from "../support/scratch-folder";

const checkout = join(__dirname, "../..");

describe("the command pr-comment", function () {
    this.timeout(60_000);
    let folder: string;
    let standIn: StandIn;
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "pr-comment-"));
        standIn = await StandIn.start();
    });
    after(async () => {
        await standIn.close();
        removeFolder(folder);
    });

    const run = (...args: string[]) =>
        new Promise<{ code: number | null; errors: string }>((done) => {
            const child = spawn(process.execPath, ["--import", "tsx", "scripts/pr-comment.ts", ...args], {
                cwd: checkout,
                env: {
                    ...process.env,
                    GITHUB_API_URL: standIn.url,
                    GITHUB_REPOSITORY: "house/homelab",
                    GITHUB_TOKEN: "good",
                },
                stdio: ["ignore", "inherit", "pipe"],
            });
            let errors = "";
            child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
            child.on("close", (code) => done({ code, errors }));
        });
    const file = (name: string, content: unknown): string => {
        const path = join(folder, name);
        writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, undefined, 4));
        return path;
    };
    const urn = "urn:pulumi:prod::homelab::kubernetes:core/v1:ConfigMap::app";
    const changed = () =>
        file("changed.json", {
            steps: [{ op: "create", urn, newState: { inputs: { data: { x: "the secret of the house" } } } }],
            changeSummary: { create: 1 },
        });

    it("writes the comment without the secrets of a configuration, and publishes it once", async () => {
        const secrets = file("secrets.json", { "homelab:x": { value: "the secret of the house", secret: true } });
        const to = join(folder, "comment.md");
        const written = ["--environment", "prod", "--output", changed(), "--exit-code", "0", "--secrets", secrets];
        assert.deepEqual(await run("write", ...written, "--to", to), { code: 0, errors: "" });
        const text = readFileSync(to, "utf8");
        assert.match(text, /data\.x: \[secret\]/);
        const publish = () => run("publish", "--environment", "prod", "--from", to, "--number", "12");
        assert.deepEqual(await publish(), { code: 0, errors: "" });
        assert.deepEqual(await publish(), { code: 0, errors: "" });
        assert.deepEqual(
            standIn.comments.map(({ body }) => body),
            [text],
        );
    });

    it("writes a comment without any value when the file of the secrets holds an error", async () => {
        const secrets = file("broken.json", "error: incorrect passphrase");
        const to = join(folder, "blind.md");
        const { code, errors } = await run(
            ...["write", "--environment", "prod", "--output", changed(), "--secrets", secrets, "--to", to],
        );
        assert.equal(code, 0);
        assert.match(errors, /broken\.json: is no JSON/);
        assert.doesNotMatch(readFileSync(to, "utf8"), /the secret of the house|\[secret\]/);
    });

    it("writes a comment when there is nothing at all", async () => {
        const to = join(folder, "nothing.md");
        const { code } = await run("write", "--environment", "prod", "--output", join(folder, "none.json"), "--to", to);
        assert.equal(code, 0);
        assert.match(readFileSync(to, "utf8"), /did not run/);
    });

    it("opens an issue for a drift, keeps it when a look fails, and closes it when all is as it was made", async () => {
        const to = join(folder, "drift.md");
        const look = async (output: string, exitCode: string) => {
            const about = ["--environment", "prod", "--output", output, "--exit-code", exitCode];
            await run("write", "--purpose", "drift", ...about, "--to", to);
            assert.deepEqual(await run("drift", ...about, "--from", to), { code: 0, errors: "" });
            return standIn.issues.map(({ state }) => state);
        };
        const calm = file("calm.json", { steps: [], changeSummary: { same: 3 } });
        assert.deepEqual(await look(calm, "0"), []);
        assert.deepEqual(await look(changed(), "0"), ["open"]);
        assert.deepEqual(await look(file("none.json", ""), "255"), ["open"]);
        assert.deepEqual(await look(calm, "0"), ["closed"]);
        assert.match(standIn.issues[0]?.body ?? "", /^<!-- homelab-drift:prod -->/);
    });

    it("tells how it is used when it is told too little", async () => {
        for (const args of [[], ["write"], ["publish", "--environment", "prod"], ["write", "--purpose", "x"]]) {
            const { code, errors } = await run(...args);
            assert.equal(code, 1);
            assert.match(errors, /usage:/);
        }
    });
});
