import assert from "node:assert/strict";
import { join } from "node:path";
import { comment, LONGEST_COMMENT } from "../../../scripts/pr-comment/comment";
import { readPreview } from "../../../scripts/pr-comment/read-preview";
import type { Engine, Run } from "../../support/engine";
import { workload } from "../../policies/house";
import { machine, type Part, program, settings, startPreviews } from "./previews";

const pack = ["--policy-pack", join(__dirname, "../../../policies")];

function written({ code, output }: Run, secrets: readonly string[] = []): string {
    return comment({
        purpose: "preview",
        environment: "prod",
        preview: readPreview(output),
        exitCode: code,
        log: "",
        secrets,
        commit: "0123456789abcdef0123456789abcdef01234567",
        runUrl: "https://ci.example/runs/1",
    });
}

/** A comment as it is read: entities as their characters, and without what is not seen. */
function read(text: string): string {
    return text
        .replaceAll("&#8203;", "")
        .replace(/&#(\d+);/g, (_whole, number: string) => String.fromCodePoint(Number(number)));
}

describe("the comment of a real preview", function () {
    this.timeout(120_000);
    let engine: Engine;
    const preview = async (parts: readonly Part[], ...args: string[]): Promise<Run> => {
        await engine.program(program(...parts));
        return engine.preview("--json", ...args);
    };
    const made = async (...parts: readonly Part[]): Promise<void> => {
        await engine.reset();
        await engine.program(program(...parts));
        const { code, output } = await engine.up();
        assert.equal(code, 0, output);
    };
    before(async () => {
        engine = await startPreviews();
    });
    after(() => engine.close());

    it("tells what is created, and on which host a machine comes", async () => {
        await engine.reset();
        const text = written(await preview([machine("k3s-1", "pve-1"), settings("app", { colour: "green" })]));
        assert.match(text, /^<!-- homelab-preview:prod -->\n\n## <code>prod<\/code>: 3 to create\n/);
        assert.match(text, /\*\*create\*\* <code>kubernetes:core\/v1:ConfigMap<\/code> <code>app<\/code>/);
        assert.match(text, /^\+ data\.colour: green$/m);
        assert.match(text, /new0\(\(" "\)\) -->\|"k3s-1"\| h0/);
        assert.match(text, /\*\*No policy pack ran\.\*\*/);
    });

    it("tells what is updated, with the value before and after", async () => {
        await made(settings("app", { colour: "green", size: "1" }));
        const text = written(await preview([settings("app", { colour: "blue", size: "1" })]));
        assert.match(text, /<code>prod<\/code>: 1 to update, 1 unchanged/);
        assert.match(text, /^- data\.colour: green\n\+ data\.colour: blue$/m);
        assert.doesNotMatch(text, /data\.size/);
        assert.doesNotMatch(text, /Replaced, deleted/);
    });

    it("tells a replacement first, why it is one, and draws the machine's way to its new host", async () => {
        await made(machine("k3s-1", "pve-1"), settings("app", { colour: "green" }));
        const text = written(await preview([machine("k3s-1", "pve-2"), settings("app", { colour: "blue" })]));
        assert.match(text, /1 to update, 1 to replace/);
        const said = "- **holds data** <code>proxmoxve:index/vmLegacy:VmLegacy</code> <code>k3s-1</code> is replaced";
        assert.ok(text.includes(`${said}, because of <code>nodeName</code>`), text);
        assert.ok(text.indexOf("### Replaced") < text.indexOf("<details>"));
        assert.match(text, /h0\["pve-1"\]\nh1\["pve-2"\]\nh0 -->\|"k3s-1"\| h1/);
        assert.match(text, /^! forces the replacement:\n- nodeName: pve-1\n\+ nodeName: pve-2$/m);
    });

    it("tells what is deleted", async () => {
        await made(machine("k3s-1", "pve-1"), settings("app", { colour: "green" }));
        const text = written(await preview([]));
        assert.match(text, /2 to delete/);
        assert.match(text, /<code>app<\/code> is deleted/);
        assert.match(text, /h0 -->\|"k3s-1"\| gone0/);
    });

    it("tells that something protected would go, although the engine refuses", async () => {
        await made(settings("app", { a: "1" }), machine("k3s-1", "pve-1", { protect: true }));
        const run = await preview([settings("app", { a: "2" })]);
        const text = written(run);
        assert.notEqual(run.code, 0);
        assert.match(text, /\*\*failed\*\*/);
        assert.match(text, /- \*\*protected\*\* \*\*holds data\*\* .*<code>k3s-1<\/code> is deleted/);
        assert.match(read(text), /### Errors\n\n- .*k3s-1.*cannot be deleted/);
    });

    it("tells that a resource loses its protection, which the engine counts as no change", async () => {
        await made(machine("k3s-1", "pve-1", { protect: true }), settings("app", { a: "1" }));
        const text = written(await preview([machine("k3s-1", "pve-1"), settings("app", { a: "1" })]));
        assert.match(text, /- \*\*protected\*\* .*<code>k3s-1<\/code> stays, and loses its protection/);
    });

    it("names a policy that refuses, the object, and what to write instead", async () => {
        await engine.reset();
        const { type, name, props } = workload({ container: { image: "jellyfin/jellyfin" } });
        await engine.program(
            `new (require("@pulumi/pulumi").CustomResource)("${type}", "${name}", ${JSON.stringify(props)});`,
        );
        const run = await engine.preview("--json", ...pack);
        const text = read(written(run));
        assert.match(text, /\*\*refused by \d+ policies\*\*; 2 to create/);
        assert.match(
            text,
            /\*\*refused\*\* by <code>image-pinned<\/code>, .*has no tag.*<br>\*\*Instead:\*\* name a version tag/,
        );
        assert.ok(text.indexOf("### Policies") < text.indexOf("<details>"));
    });

    it("is written when the program crashes, with the error and what was known until then", async () => {
        await engine.reset();
        await engine.program('throw new Error("the NAS has no address");');
        const run = await engine.preview("--json");
        const text = read(written(run));
        assert.match(text, /\*\*failed\*\*/);
        assert.match(text, /Error: the NAS has no address/);
    });

    it("is written when the engine itself is killed in the middle", async () => {
        await engine.reset();
        const run = await preview([settings("app", { colour: "green" })]);
        const half = run.output.slice(0, Math.floor(run.output.length / 2));
        const text = written({ ...run, code: 137, output: `${half}\npanic: runtime error: index out of range\n` });
        assert.match(text, /\*\*ended early, without a result\*\*|\*\*failed\*\*/);
        assert.match(text, /exit code 137/);
        assert.match(text, /panic: runtime error/);
    });

    it("is short enough for 1,000 changes, shows whole resources only, and says how many are missing", async () => {
        await engine.reset();
        const long = "x".repeat(100);
        const many = Array.from({ length: 1000 }, (_value, index) =>
            settings(`app-${index}`, { long, index: `${index}` }),
        );
        const run = await preview(many);
        const before = process.cpuUsage();
        const text = written(run, ["one of the secrets", "another of the secrets"]);
        const { user } = process.cpuUsage(before);
        assert.match(text, /1001 to create/);
        assert.ok(text.length <= LONGEST_COMMENT && text.length > LONGEST_COMMENT * 0.9, `${text.length} characters`);
        const shown = text.match(/^\+ data\.index: /gm)?.length ?? 0;
        const [, missing = ""] = /\*\*Cut here:\*\* (\d+) more resources/.exec(text) ?? [];
        assert.equal(shown + Number(missing), 1000);
        assert.equal(text.match(/```diff/g)?.length, shown);
        assert.equal(text.match(/```$/gm)?.length, shown);
        assert.ok(text.trimEnd().endsWith("</details>"));
        assert.ok(user < 5_000_000, `${Math.round(user / 1000)} ms of the processor`);
    });

    it("shows no secret that the engine marks, nor those that its debug messages tell in plain", async () => {
        await engine.reset();
        const run = await preview([settings("app", { login: "secret:correct horse battery", open: "green" })]);
        assert.match(run.output, /correct horse battery/, "the engine's stream has it");
        const text = written(run);
        assert.match(text, /^\+ data\.login: \[secret\]$/m);
        assert.doesNotMatch(text, /correct horse battery/);
    });

    it("tells that a secret changes, and not to what", async () => {
        await made(settings("app", { login: "secret:correct horse battery" }));
        const text = written(await preview([settings("app", { login: "secret:another horse" })]));
        assert.match(text, /1 to update/);
        assert.match(text, /changes, and is not shown|\[secret\]/);
        assert.doesNotMatch(text, /horse/);
    });

    it("does nothing but show names with Markdown and HTML in them", async () => {
        await engine.reset();
        const hostile = "a|b`c`<img src=x>@someone#1 --> [x](http://y) ```";
        const text = written(await preview([settings(hostile, { "<b>": "```\n</details>" })]));
        const outside = text.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, "");
        assert.doesNotMatch(outside, /<img|@someone|```/);
        assert.match(read(text), /<code>a\|b`c`<img src=x>@someone#1 --> \[x\]\(http:\/\/y\) ```<\/code>/);
    });

    it("reads the document form, too, and says that it does not tell of policies", async () => {
        await engine.reset();
        delete engine.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"];
        const run = await preview([settings("app", { colour: "green", login: "secret:correct horse" })], ...pack);
        engine.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true";
        const text = written(run);
        assert.match(text, /^\+ data\.colour: green$/m);
        assert.match(text, /^\+ data\.login: \[secret\]$/m);
        assert.match(text, /Not told by this form of a preview/);
        assert.match(text, /\*\*failed\*\*/);
    });
});
