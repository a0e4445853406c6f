import assert from "node:assert/strict";
import { comment, type CommentSource, LONGEST_COMMENT, markerOf } from "../../../scripts/pr-comment/comment";
import { readPreview } from "../../../scripts/pr-comment/read-preview";

function written(output: string, more: Partial<CommentSource> = {}): string {
    return comment({
        ...{ purpose: "preview", environment: "prod", preview: readPreview(output), exitCode: 255, log: "" },
        ...{ secrets: [], commit: undefined, runUrl: undefined },
        ...more,
    });
}

const step = (name: string, data: Record<string, string>, op = "create") => ({
    op,
    urn: `urn:pulumi:prod::homelab::kubernetes:core/v1:ConfigMap::${name}`,
    newState: { inputs: { data } },
});

describe("the comment", () => {
    for (const [what, output] of [
        ["nothing", ""],
        ["no JSON", "panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()"],
        ["half a document", '{\n    "steps": [\n        {\n            "op": "crea'],
        ["JSON of something else", "[1, 2]\nnull\n7\n{}"],
        ["a document of another form", '{\n"steps": 7\n}'],
    ] as const) {
        it(`is written when the engine left ${what}`, () => {
            const text = written(output, { log: "error: no login: run pulumi login" });
            assert.ok(text.startsWith("<!-- homelab-preview:prod -->\n\n## <code>prod</code>: **failed**"), text);
            assert.match(text, /exit code 255/);
            assert.match(text, /no login: run pulumi login/);
        });
    }

    it("is written when the preview was never started", () => {
        assert.match(written("", { exitCode: undefined }), /<code>prod<\/code>: \*\*did not run\*\*/);
    });

    it("says that there is nothing to do", () => {
        const output = JSON.stringify({ steps: [], changeSummary: { same: 3 } }, undefined, 4);
        assert.match(written(output, { exitCode: 0 }), /<code>prod<\/code>: 3 unchanged/);
    });

    it("shows no value and no log when the secrets could not be read", () => {
        const output = JSON.stringify({ steps: [step("app", { colour: "green" })] }, undefined, 4);
        const text = written(output, { secrets: undefined, log: "the log says blue" });
        assert.match(text, /no value and no log is shown/);
        assert.match(text, /<code>app<\/code>/);
        assert.doesNotMatch(text, /green|blue/);
    });

    it("hides secrets in names, errors, values and the log, of whatever form", () => {
        const secret = "correct horse battery";
        const base64 = Buffer.from(secret).toString("base64");
        const output = JSON.stringify(
            {
                steps: [step(`app-${secret}`, { plain: secret, encoded: base64, url: `postgres://u:${secret}@db/x` })],
                diagnostics: [
                    { severity: "error", message: `error: ${secret}` },
                    { severity: "warning", message: `warning: ${encodeURIComponent(secret)}` },
                ],
            },
            undefined,
            4,
        );
        const text = written(output, { secrets: [secret], log: `log ${secret}` });
        assert.doesNotMatch(text, /horse/);
        assert.ok(!text.includes(base64.slice(2, 20)));
        assert.equal(text.match(/\[secret\]|&#91;secret&#93;/g)?.length, 7);
    });

    it("hides what nobody told it is secret, by its key and by its form, in what was and what is to be", () => {
        const urn = "urn:pulumi:prod::homelab::kubernetes:core/v1:Secret::app";
        const state = (word: string) => ({
            inputs: { adminPassword: `${word}1`, url: `redis://:${word}2@redis`, stringData: { any: `${word}3` } },
        });
        const both = {
            op: "update",
            urn,
            oldState: state("swordfish"),
            newState: state("catfish"),
            diffReasons: ["x"],
        };
        const text = written(JSON.stringify({ steps: [both, step("b", { token: "swordfish4" })] }, undefined, 4));
        assert.doesNotMatch(text, /swordfish|catfish/);
        assert.match(text, /^\+ data\.token: \[secret\]$/m);
    });

    it("keeps whole what comes first, when there is more than fits", () => {
        const many = Array.from({ length: 3000 }, (_value, index) => ({
            ...step(`app-${index}`, { x: "y".repeat(200) }, "delete"),
            oldState: { protect: index === 2999, inputs: {} },
        }));
        const diagnostics = Array.from({ length: 500 }, (_value, index) => ({
            severity: "error",
            message: `error: number ${index} ${"z".repeat(400)}`,
        }));
        const text = written(JSON.stringify({ steps: many, diagnostics }, undefined, 4));
        assert.ok(text.length <= LONGEST_COMMENT);
        assert.match(text, /### Errors[\s\S]*And \d+ more errors\.\n\n### Replaced/);
        assert.match(text, /### Replaced, deleted or unprotected\n\n- \*\*protected\*\* [^\n]*<code>app-2999<\/code>/);
        assert.match(text, /And \d+ more resources to replace or delete\./);
        assert.match(text, /\*\*Cut here:\*\* \d+ more resources/);
    });

    it("refuses an environment that is no stack's name, because its marker must be found again", () => {
        for (const name of ["", "--> <b>", "Prod", "a b"])
            assert.throws(() => markerOf("preview", name), /^Error: environment: /);
    });

    it("refuses the address of a run that would leave its link", () => {
        assert.throws(() => written("", { runUrl: "https://x/) [y](z" }), /^Error: run-url: /);
    });
});
