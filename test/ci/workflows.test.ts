import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { onPath } from "../../lab/toolchain/locate";
import { goProgram } from "../support/go-program";

const checkout = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(checkout, file), "utf8");

const concurrency = z.object({ group: z.string(), "cancel-in-progress": z.boolean() });
const workflow = z.object({
    on: z.record(z.string(), z.unknown()),
    permissions: z.record(z.string(), z.string()),
    concurrency: concurrency.optional(),
    jobs: z.record(
        z.string(),
        z.object({
            if: z.string().optional(),
            "runs-on": z.union([z.string(), z.array(z.string())]),
            "timeout-minutes": z.number(),
            environment: z.string().optional(),
            permissions: z.record(z.string(), z.string()),
            concurrency: concurrency.optional(),
            steps: z.array(
                z.object({
                    uses: z.string().optional(),
                    with: z.record(z.string(), z.unknown()).default({}),
                    run: z.string().optional(),
                    env: z.record(z.string(), z.unknown()).default({}),
                }),
            ),
        }),
    ),
});

const names = globSync(".github/workflows/*", { cwd: checkout }).map((file) => basename(file, ".yaml"));
const textOf = (name: string) => read(`.github/workflows/${name}.yaml`);
const workflowOf = (name: string) => workflow.parse(parse(textOf(name)));
const jobsOf = (name: string) => Object.values(workflowOf(name).jobs);
const isOurs = (condition = "") => condition.includes("head.repo.full_name == github.repository");

/** What a workflow may ask for at most. */
const mostPermissions: Readonly<Record<string, readonly string[]>> = {
    check: ["contents: read"],
    preview: ["contents: read", "id-token: write", "pull-requests: write"],
    deploy: ["contents: read", "id-token: write"],
    drift: ["contents: read", "id-token: write", "issues: write"],
};

const checkedScripts = onPath("shellcheck", process.env["PATH"] ?? "") === undefined ? describe.skip : describe;

checkedScripts("the scripts of the workflows", () => {
    for (const script of globSync(".ci/*", { cwd: checkout })) {
        it(`${script} is clean to shellcheck`, () => {
            const { stdout } = spawnSync("shellcheck", ["--severity=style", script], {
                cwd: checkout,
                encoding: "utf8",
            });
            assert.equal(stdout, "");
        });
    }
});

describe("the workflows", function () {
    this.timeout(240_000);

    it("are check, preview, deploy and drift", () => {
        assert.deepEqual(names.sort(), ["check", "deploy", "drift", "preview"]);
    });

    it("are clean to actionlint", async () => {
        const tool = await goProgram(join(__dirname, "actionlint"), "github.com/rhysd/actionlint/cmd/actionlint");
        const said = execFileSync(tool, ["-shellcheck=", "-pyflakes=", "-no-color"], {
            cwd: checkout,
            encoding: "utf8",
        });
        assert.equal(said, "");
    });

    for (const name of names) {
        it(`${name} pins each action by its commit, with the version beside it`, () => {
            const uses = textOf(name)
                .split("\n")
                .filter((line) => /^\s*(- )?uses:/.test(line));
            assert.ok(uses.length > 0);
            for (const line of uses) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        });

        it(`${name} may do nothing by itself, and each job what it needs`, () => {
            const { permissions, jobs } = workflowOf(name);
            assert.deepEqual(permissions, {});
            const asked = Object.values(jobs).flatMap((job) =>
                Object.entries(job.permissions).map((pair) => pair.join(": ")),
            );
            assert.deepEqual([...new Set(asked)].sort(), [...(mostPermissions[name] ?? [])].sort());
        });

        it(`${name} never runs foreign code with the rights of this repository`, () => {
            const events = Object.keys(workflowOf(name).on);
            assert.deepEqual(
                events.filter((event) => ["pull_request_target", "workflow_run", "issue_comment"].includes(event)),
                [],
            );
        });

        it(`${name} takes what others may write through the environment of a step, never into a script`, () => {
            for (const { run = "" } of jobsOf(name).flatMap(({ steps }) => steps)) assert.doesNotMatch(run, /\$\{\{/);
        });

        it(`${name} keeps no token in the checkout`, () => {
            const steps = jobsOf(name).flatMap((job) => job.steps);
            for (const step of steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"))) {
                assert.equal(step.with["persist-credentials"], false);
            }
        });

        it(`${name} lets no stranger's code onto a runner in the house`, () => {
            for (const job of jobsOf(name).filter((own) => Array.isArray(own["runs-on"]))) {
                const onMain = job.if?.includes("github.ref == 'refs/heads/main'") ?? false;
                // A job that waits for one that is guarded is guarded by its environment, too.
                assert.ok(isOurs(job.if) || onMain || job.environment === "prod", JSON.stringify(job.if));
                assert.ok(job.environment !== undefined, "its environment may ask for a reviewer");
            }
        });
    }

    it("check uses no secret, runs for forks, and nowhere in the house", () => {
        assert.doesNotMatch(textOf("check"), /secrets\.|vars\.|self-hosted|environment:/);
        assert.ok("pull_request" in workflowOf("check").on);
        for (const job of jobsOf("check")) assert.equal(job.if, undefined);
    });

    it("the job that writes to a pull request has no secret and no code of the pull request", () => {
        const [writing, ...others] = jobsOf("preview").filter((job) => job.permissions["pull-requests"] === "write");
        assert.ok(writing && others.length === 0);
        assert.doesNotMatch(JSON.stringify(writing), /secrets\.|vars\./);
        assert.equal(writing.steps[0]?.with["ref"], "${{ github.event.pull_request.base.sha }}");
    });

    it("deploy is approved, is never cancelled, and carries out the plan that was approved", () => {
        const { concurrency: own, jobs } = workflowOf("deploy");
        assert.equal(own?.["cancel-in-progress"], false);
        assert.equal(jobs["apply"]?.environment, "prod");
        const scripts = jobs["apply"].steps.map(({ run = "" }) => run).join("\n");
        assert.ok(scripts.indexOf("sha256sum") < scripts.indexOf("pulumi up"));
        assert.match(scripts, /pulumi up [^\n]*--plan plan\.json/);
        assert.match(jobs["plan"]?.steps.map(({ run = "" }) => run).join("\n") ?? "", /--save-plan/);
    });

    it("drift is scheduled, and asks the real things", () => {
        assert.ok("schedule" in workflowOf("drift").on);
        assert.match(textOf("drift"), /\.ci\/preview "\$STACK" drift \S+ --refresh/);
    });

    it("hand the signals of a job that is cancelled to the script that has secrets in a folder", () => {
        const previews = names
            .flatMap(jobsOf)
            .flatMap(({ steps }) => steps)
            .filter(({ run = "" }) => run.includes(".ci/preview"));
        assert.equal(previews.length, 3);
        // The shell of a step hands none on, and is killed: so it becomes the script.
        for (const { run = "" } of previews) assert.match(run, /^exec \.ci\/preview [^\n;&|]+\n?$/);
    });

    it("run the CLI that the program's SDK is from", () => {
        const { dependencies } = z
            .object({ dependencies: z.record(z.string(), z.string()) })
            .parse(JSON.parse(read("package.json")));
        const versions = names.flatMap((name) =>
            [...textOf(name).matchAll(/pulumi-version: (\S+)/g)].map(([, own]) => own),
        );
        assert.ok(versions.length > 0);
        assert.deepEqual([...new Set(versions)], [dependencies["@pulumi/pulumi"]]);
    });
});
