import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { testTool } from "../support/tools";
import { changedByHand, machineType, program, settings, startPreviews } from "../scripts/pr-comment/previews";
import { StandIn } from "../scripts/github/stand-in";
import type { Engine } from "../support/engine";
import { eventually } from "../support/eventually";

const checkout = join(__dirname, "../..");

describe(".ci/preview, on a real engine", function () {
    this.timeout(120_000);
    let engine: Engine;
    let github: StandIn;
    let comment: string;
    before(async () => {
        engine = await startPreviews();
        github = await StandIn.start();
        comment = join(engine.folder, "comment.md");
    });
    beforeEach(() => engine.reset());
    after(async () => {
        await github.close();
        await engine.close();
    });

    /** Starts it as the leader of a group of processes. */
    const start = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => {
        const env = {
            ...engine.environment,
            PATH: `${dirname(testTool("pulumi"))}:${engine.environment["PATH"] ?? ""}`,
            HOUSE_FOLDER: engine.folder,
            TMPDIR: engine.folder,
            COMMIT: "0123456789abcdef0123456789abcdef01234567",
            GITHUB_API_URL: github.url,
            GITHUB_REPOSITORY: "house/homelab",
            GITHUB_TOKEN: "good",
            RUNNER_TEMP: undefined,
            ...environment,
        };
        const child = spawn(join(checkout, ".ci/preview"), args, {
            cwd: engine.folder,
            env,
            detached: true,
            stdio: ["ignore", "pipe", "pipe"],
        });
        const ended = new Promise<{ code: number | null; output: string }>((done) => {
            let output = "";
            for (const stream of [child.stdout, child.stderr])
                stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
            child.on("close", (code) => done({ code, output }));
        });
        return { child, ended };
    };
    const run = (...args: string[]) => start(args).ended;
    const leftovers = () => readdirSync(engine.folder).filter((name) => name.startsWith("tmp."));
    const parts = (data: Record<string, string>) => program(settings("app", { ...data, namespace: "media" }));

    it("writes the comment with what the policies say, and ends as the preview did", async () => {
        await engine.program(parts({ colour: "green" }));
        const { code } = await run("test", "preview", "comment.md");
        const text = readFileSync(comment, "utf8");
        assert.notEqual(code, 0, text);
        assert.match(text, /^<!-- homelab-preview:test -->/);
        assert.match(text, /refused by \d+ polic/);
        assert.match(text, /^\+ data\.colour: green$/m);
    });

    it("shows no secret of the configuration or the state, wherever the program puts it, and leaves none behind", async () => {
        await engine.setConfig("test:login", "correct horse battery", true);
        const login = 'new (require("@pulumi/pulumi").Config)("test").require("login")';
        await engine.program(`
const pulumi = require("@pulumi/pulumi");
const login = ${login};
pulumi.log.warn("logs in with " + login);
new pulumi.CustomResource("kubernetes:core/v1:ConfigMap", "app", {
    metadata: { name: "app", namespace: "media" },
    data: { url: "redis://:" + login + "@redis", encoded: Buffer.from("x" + login).toString("base64") },
});
`);
        const { output } = await run("test", "preview", "comment.md");
        const text = readFileSync(comment, "utf8");
        assert.match(text, /data\.url: redis:\/\/:\[secret\]@redis/);
        assert.match(text, /data\.encoded: \[secret\]/);
        for (const shown of [text, output]) {
            assert.doesNotMatch(shown, /horse/);
            assert.ok(!shown.includes(Buffer.from("xcorrect horse battery").toString("base64").slice(4, 20)));
        }
        assert.deepEqual(leftovers(), []);
    });

    it("writes the comment when the stack cannot even be opened, and shows no values", async () => {
        await engine.program(parts({ colour: "green" }));
        const { code } = await run("nowhere", "preview", "comment.md");
        assert.notEqual(code, 0);
        const text = readFileSync(comment, "utf8");
        assert.match(text, /<code>nowhere<\/code>: \*\*failed\*\*/);
        assert.match(text, /no value and no log is shown/);
        assert.deepEqual(leftovers(), []);
    });

    describe("that is ended from outside while the program runs", () => {
        let running: string;
        let goOn: string;
        let runnerTemp: string;
        beforeEach(async () => {
            [running, goOn] = [join(engine.folder, "running"), join(engine.folder, "go-on")];
            runnerTemp = await mkdtemp(join(engine.folder, "runner-"));
            await engine.program(`
const { existsSync, writeFileSync } = require("node:fs");
writeFileSync(${JSON.stringify(running)}, "");
const until = Date.now() + 60_000;
const look = () => existsSync(${JSON.stringify(goOn)}) || Date.now() > until || setTimeout(look, 100);
look();
`);
        });
        afterEach(async () => {
            // Whatever still waits comes to its end.
            await writeFile(goOn, "");
            for (const path of [running, goOn]) await rm(path, { force: true });
        });

        /** Starts it, and waits until the program runs. */
        const startAndWait = async () => {
            const started = start(["test", "preview", "comment.md"], { RUNNER_TEMP: runnerTemp });
            await eventually("the program runs", () => existsSync(running));
            return started;
        };

        for (const [signal, code] of [
            ["SIGINT", 130],
            ["SIGTERM", 143],
        ] as const) {
            it(`leaves nothing, and no engine, after ${signal}, as a job that is cancelled gets it`, async () => {
                const { child, ended } = await startAndWait();
                assert.equal(readdirSync(runnerTemp).length, 1);
                child.kill(signal);
                assert.deepEqual(await ended, { code, output: "" });
                assert.deepEqual([readdirSync(runnerTemp), leftovers()], [[], []]);
                const group = -(child.pid ?? assert.fail());
                assert.throws(() => process.kill(group, 0), /ESRCH/, "a process of it is left");
            });
        }

        it("leaves nothing outside the folder that the runner empties after SIGKILL", async () => {
            const { child, ended } = await startAndWait();
            assert.ok(child.pid);
            process.kill(-child.pid, "SIGKILL");
            await writeFile(goOn, "");
            await ended;
            assert.deepEqual([readdirSync(runnerTemp).length, leftovers()], [1, []]);
        });
    });

    it("opens an issue for what somebody changed in the house", async () => {
        await engine.program(`
const pulumi = require("@pulumi/pulumi");
const provider = new pulumi.ProviderResource("proxmoxve", "house", {});
new pulumi.CustomResource("${machineType}", "k3s-1", { nodeName: "pve-1", bios: "seabios" }, { provider, protect: true });
`);
        assert.equal((await engine.up()).code, 0);
        const look = async () => {
            await run("test", "drift", "issue.md", "--refresh");
            return github.issues.map(({ title = "", state }) => `${title}: ${state}`);
        };
        assert.deepEqual(await look(), [], readFileSync(join(engine.folder, "issue.md"), "utf8"));
        changedByHand.set("k3s-1", { bios: "ovmf" });
        assert.deepEqual(await look(), ["test is not as it was made: open"]);
        assert.match(github.issues[0]?.body ?? "", /^- bios: ovmf\n\+ bios: seabios$/m);
        changedByHand.clear();
        assert.deepEqual(await look(), ["test is not as it was made: closed"]);
    });

    it("keeps a plan that nothing beyond it can be done with", async () => {
        await engine.program(parts({ colour: "green" }));
        const plan = join(engine.folder, "plan.json");
        const planned = await engine.preview("--save-plan", plan);
        assert.equal(planned.code, 0, planned.output);
        await engine.program(parts({ colour: "red" }));
        const other = await engine.up("--plan", plan);
        assert.notEqual(other.code, 0, "a program that changed after the review");
        assert.match(other.output, /violates plan/);
        await engine.program(parts({ colour: "green" }));
        const { code, output } = await engine.up("--plan", plan);
        assert.equal(code, 0, output);
    });

    it("keeps secrets encrypted in a plan", async () => {
        await engine.program(parts({ login: "secret:correct horse battery" }));
        const plan = join(engine.folder, "plan.json");
        await engine.preview("--save-plan", plan);
        assert.doesNotMatch(await readFile(plan, "utf8"), /horse/);
        await writeFile(plan, "");
    });
});
