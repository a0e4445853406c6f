import assert from "node:assert/strict";
import { join } from "node:path";
import type { Provider } from "../../../lab/providers/kit/provider";
import { rules } from "../../../policies/rules/index";
import { type Engine, type Run, startEngine } from "../../support/engine";
import { takesAnything } from "../takes-anything";
import { history } from "./history";
import { mistakes } from "./program";

const rows = [
    "G1",
    "G2",
    "G3",
    "G4",
    "G5",
    "G6",
    "G7",
    "H4",
    ...Array.from({ length: 17 }, (_, index) => `T${index + 1}`),
];

describe("the mistakes of the inventory, written again", function () {
    this.timeout(120_000);
    let engine: Engine;
    let run: Run;
    before(async () => {
        const factory = (): Provider => takesAnything();
        engine = await startEngine({
            plugins: {
                kubernetes: { npmPackage: "@pulumi/kubernetes", factory },
                proxmoxve: { npmPackage: "@muhlba91/pulumi-proxmoxve", factory },
            },
        });
        await engine.program(
            `require("tsx/cjs"); require(${JSON.stringify(join(__dirname, "program.ts"))}).writeAll();`,
        );
        run = await engine.preview("--policy-pack", join(__dirname, "../../../policies"));
    });
    after(() => engine.close());

    it("are all of them, or history with a reason", () => {
        const written = new Set([...mistakes.flatMap(({ row }) => row.split(", ")), ...Object.keys(history)]);
        assert.deepEqual(
            rows.filter((row) => !written.has(row)),
            [],
        );
    });

    it("stop a preview", () => {
        assert.notEqual(run.code, 0);
        assert.ok(!run.output.includes("itself is broken"), "a rule is broken");
    });

    for (const { row, story, refusals } of mistakes) {
        for (const { rule, object, cure } of refusals) {
            it(`${row}: ${story}: refused by ${rule} with the cure`, () => {
                const level = rules.find(({ name }) => name === rule)?.level ?? "";
                const heading = new RegExp(`\\[${level}\\] \\[severity: \\w+\\] +${rule} `);
                assert.ok(heading.test(run.output), `${rule} refused nothing`);
                const said = run.output
                    .split("\n")
                    .filter((line) => line.includes(object) && line.includes(`(${rule}); `));
                assert.ok(
                    said.some((line) => cure.test(line.slice(line.indexOf(`(${rule}); `)))),
                    said.join("\n") || `nothing of ${object}`,
                );
            });
        }
    }
});
