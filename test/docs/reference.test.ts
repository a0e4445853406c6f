import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { described } from "../../docs/tools/configuration";
import { pages } from "../../docs/tools/pages";
import { settingsOf } from "../../docs/tools/settings";
import { crossChecks, existingChecks } from "../../infra/config/cross-checks";
import { count, flag, group, list, text } from "../../infra/config/field";
import { rules } from "../../policies/rules";

const checkout = join(__dirname, "..", "..");

describe("The generated reference", () => {
    for (const [path, text] of Object.entries(pages())) {
        it(`${path} is what the program says; run \`npm run docs\` when it is not`, () => {
            assert.equal(readFileSync(join(checkout, path), "utf8"), text);
        });
    }

    it("describes each check between settings, and none that is gone", () => {
        const checks = new Set([...crossChecks, ...existingChecks].map(({ name }) => name));
        assert.deepEqual([...described].sort(), [...checks].sort());
    });

    it("has a section for each rule", () => {
        const page = pages()["docs/policies.md"] ?? "";
        for (const { name } of rules) assert.match(page, new RegExp(`^## ${name}$`, "m"));
    });
});

describe("The settings of an area", () => {
    const words = { is: "a word", rule: "words are short", write: "write one" };
    const area = group("An area.", {
        name: text(/^a$/, "The name.", words),
        size: count("The size. Default: 3.", { min: 1, max: 9, unit: "GiB", rule: "it must fit" }).default(3),
        on: flag("Whether it is on. Default: true: off helps nobody.").default(true),
        parts: list(group("A part.", { id: text(/^b$/, "The id.", words) }), "The parts.", {
            min: 1,
            max: 2,
            rule: "each is named",
        }).optional(),
    });

    it("are told with meaning, unit, rule and default, where messages would name them", () => {
        const [itself, name, size, on, parts, id] = settingsOf("area", area);
        assert.equal(itself?.meaning, "An area.");
        assert.deepEqual([name?.path, name?.required, name?.value], ["area.name", true, "a word"]);
        assert.deepEqual(
            [size?.meaning, size?.value, size?.fallback],
            ["The size.", "a whole number of GiB from 1 to 9", "3"],
        );
        assert.deepEqual([on?.meaning, on?.fallback], ["Whether it is on. Default: true: off helps nobody.", "true"]);
        assert.deepEqual([parts?.value, parts?.required], ["a list of 1 to 2 entries", false]);
        assert.equal(id?.path, "area.parts[].id");
    });

    it("must have a meaning and words", () => {
        assert.throws(
            () => settingsOf("area", group("An area.", { bare: z.string() })),
            /^Error: area\.bare: has no meaning/,
        );
    });
});
