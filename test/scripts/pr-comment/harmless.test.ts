import assert from "node:assert/strict";
import fc from "fast-check";
import { parsers } from "prettier/plugins/markdown";
import { Mask } from "../../../scripts/mask/mask";
import { comment, type CommentSource, LONGEST_COMMENT } from "../../../scripts/pr-comment/comment";
import { code, fenced, mermaidLabel, prose, visible } from "../../../scripts/pr-comment/harmless";
import type { Preview, ResourceChange } from "../../../scripts/pr-comment/preview";

interface Node {
    readonly type: string;
    readonly value?: string;
    readonly lang?: string | null;
    readonly url?: string;
    readonly children?: readonly Node[];
}

/** Every node of a text, as Prettier's parser of Markdown reads it. */
function nodes(text: string): Node[] {
    const flat = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(flat)];
    const options: unknown = { originalText: text };
    const root: unknown = Reflect.apply(parsers.markdown.parse, undefined, [text, options]);
    assert.ok(isNode(root));
    return flat(root);
}

function isNode(value: unknown): value is Node {
    return typeof value === "object" && value !== null && "type" in value;
}

/** What GitHub may be told to do by a text: all of these are searched in texts that were made of foreign ones. */
const hostile = [
    "# heading",
    "@everyone",
    "@org/team please merge",
    "fixes #1",
    "GH-1 owner/repo#1",
    "`code` ``more`` ```",
    "```\n```js\nalert(1)\n```",
    "~~~",
    "| a | b |\n|---|---|\n| c | d |",
    "-->",
    "<!-- homelab-preview:prod -->",
    "</details></summary></code>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example mailto:a@evil.example",
    "<https://evil.example>",
    "[x]: https://evil.example",
    "*bold* _it_ ~~gone~~ **x**",
    "\\`escaped\\`",
    "&lt;img&gt; &#60;b&#62;",
    "$\\alpha$ $$x$$",
    "line\n\n    indented\n\n- list\n1. list\n> quote\n---\n===",
    "\r\n\r\n<b>x</b>\r\n",
    "\u202Egnp.exe\u2066 \u200B\u200F\uFEFF",
    "\u0000\u0007\u001B[31mred\u001B[0m",
    "\uD800 lone",
    "\u{E0041}\u{E0042} tags",
    '"] --> evil; click evil "javascript:alert(1)"',
    "%%{init: {'securityLevel': 'loose'}}%%",
    "::::::",
    ":tada: :+1:",
    "/label ~danger",
];
const foreign = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(fc.constantFrom(...hostile), { maxLength: 3 }).map((parts) => parts.join("")),
    fc.string({ unit: fc.constantFrom(...Array.from("`~<>!-[]()@#&;|*_\\\n\r \"'{}$%:./aw1")), maxLength: 40 }),
);

function change(name: string, value: string, type = "kubernetes:core/v1:ConfigMap"): ResourceChange {
    const state = {
        id: "",
        protect: false,
        outputs: {},
        inputs: { nodeName: value, name, [value]: name, data: { x: value } },
    };
    return {
        urn: `urn:pulumi:prod::homelab::${type}::${name}`,
        ...{ type, name, change: "replace", before: { ...state, inputs: { nodeName: name } }, after: state },
        properties: [{ path: value, forces: true }],
    };
}

function source(name: string, value: string): CommentSource {
    const changes = [change(name, value), change(name, value, "proxmoxve:index/vmLegacy:VmLegacy")];
    const urn = changes[0]?.urn ?? "";
    const preview: Preview = {
        changes,
        counts: { replace: 2 },
        findings: [
            { policy: value, level: "mandatory", urn, message: `${name} (${value}); ${value}` },
            { policy: name, level: "advisory", urn, message: value },
        ],
        policies: "ran",
        diagnostics: [
            { severity: "error", urn, message: value },
            { severity: "warning", urn, message: name },
        ],
        completeness: "whole",
        otherLines: [value],
        shownSecrets: [],
    };
    const about = { commit: undefined, runUrl: undefined, secrets: [] };
    return { purpose: "preview", environment: "prod", preview, exitCode: 1, log: name, ...about };
}

const ours = /^<!-- homelab-preview:prod -->$|^<\/?(code|details|summary|br)>$|^<details><summary>|^<\/details>$/;
const kinds = new Set([
    ...["root", "paragraph", "heading", "text", "sentence", "word", "whitespace", "html", "list", "listItem"],
    ...["strong", "code", "break"],
]);

describe("foreign text in a comment", () => {
    it("is nothing but text to a parser of Markdown, whatever it is", () => {
        fc.assert(
            fc.property(foreign, foreign, (name, value) => {
                for (const node of nodes(comment(source(name, value)))) {
                    assert.ok(kinds.has(node.type), `${node.type}: ${JSON.stringify(node)}`);
                    if (node.type === "html") assert.match(node.value ?? "", ours);
                    if (node.type === "code") assert.match(node.lang ?? "", /^(diff|text|mermaid)$/);
                }
            }),
            { numRuns: 500 },
        );
    });

    it("neither begins nor ends a block: the frame is the same with and without it", () => {
        const frame = (name: string, value: string) =>
            nodes(comment(source(name, value)))
                .filter(({ type }) => ["heading", "html", "code", "list"].includes(type))
                .map(({ type, value: own }) => (type === "html" ? own : type));
        const harmless = frame("plain", "other").filter((part) => part !== "<br>");
        fc.assert(
            fc.property(foreign, foreign, (name, value) => {
                fc.pre(name.trim() !== "" && value.trim() !== "" && name !== value);
                const own = frame(name, value).filter((part) => part !== "<br>");
                const block = (parts: readonly (string | undefined)[]) =>
                    parts.filter((part) => part !== "<code>" && part !== "</code>");
                assert.deepEqual(new Set(block(own)), new Set(block(harmless)));
            }),
        );
    });

    it("calls nobody, refers to nothing, and is no link", () => {
        fc.assert(
            fc.property(foreign, (text) => {
                for (const shown of [prose(text), code(text)]) {
                    assert.doesNotMatch(shown, /[@`|[\]*_~\\$\n\r]/);
                    assert.doesNotMatch(shown.replaceAll(/&#\d+;/g, "").replaceAll(/<\/?code>/g, ""), /[<>&#]/);
                    assert.doesNotMatch(shown, /:\/\/|www\./i);
                    assert.doesNotMatch(shown, /&#(64|35);(?!&#8203;)/);
                }
            }),
        );
    });

    it("shows what it is: decoded, the text is the same but for what cannot be seen", () => {
        fc.assert(
            fc.property(foreign, (text) => {
                const decoded = prose(text)
                    .replaceAll("&#8203;", "")
                    .replace(/&#(\d+);/g, (_whole, number: string) => String.fromCodePoint(Number(number)));
                assert.equal(decoded, visible(text));
            }),
        );
    });

    it("turns no direction around and hides no characters", () => {
        fc.assert(
            fc.property(foreign, (text) => {
                assert.doesNotMatch(visible(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
            }),
        );
    });

    it("does not end a block of code", () => {
        fc.assert(
            fc.property(fc.array(foreign, { minLength: 1 }), (lines) => {
                const [first = "", ...rest] = fenced("text", lines).split("\n");
                const fence = first.replace("text", "");
                assert.equal(rest.length, lines.length + 1);
                assert.ok(rest.slice(0, -1).every((line) => !line.includes(fence)));
                assert.equal(rest.at(-1), fence);
            }),
        );
    });

    it("is a label of Mermaid that gives no orders", () => {
        fc.assert(
            fc.property(foreign, (text) => {
                assert.match(mermaidLabel(text), /^"(?:[A-Za-z0-9 .:/-]|#\d+;)*"$/);
            }),
        );
    });

    it("cannot make the comment too long, nor hide its marker", () => {
        const long = fc.string({
            unit: fc.constantFrom("`", "@", "\u202e", "\n", "a"),
            minLength: 60_000,
            maxLength: 70_000,
        });
        fc.assert(
            fc.property(long, (text) => {
                const shown = comment(source(text, text));
                assert.ok(shown.length <= LONGEST_COMMENT);
                assert.match(shown, /^<!-- homelab-preview:prod -->\n\n## /);
            }),
            { numRuns: 5 },
        );
    });

    it("is masked before it is made harmless, so that an escape hides no secret from the mask", () => {
        const secret = "p@ss<w0rd>|`x`";
        const text = comment({ ...source(`name-${secret}`, secret), secrets: [secret] });
        const decoded = text
            .replaceAll("&#8203;", "")
            .replace(/[&#](?:#)?(\d+);/g, (_whole, number: string) => String.fromCodePoint(Number(number)));
        assert.ok(!decoded.includes(secret) && !decoded.includes("ss<w0rd"));
        assert.ok(new Mask([secret]).text(secret) === "[secret]");
    });
});
