import assert from "node:assert/strict";
import { createProvider } from "../../lab/providers/random";
import { startEngine, type Engine, type Run } from "../support/engine";

/** A program of passwords, by name, with their options. */
function program(passwords: Readonly<Record<string, { length?: number; protect?: boolean }>>) {
    const lines = Object.entries(passwords).map(([name, { length = 8, ...opts }]) => {
        return `new random.RandomPassword("${name}", { length: ${length} }, { provider, ...${JSON.stringify(opts)} });`;
    });
    return [
        `const random = require("@pulumi/random");`,
        `const provider = new random.Provider("random");`,
        ...lines,
    ].join("\n");
}

/** What the how-tos rely on: by which protection, that of the state or that of the program, the engine goes. */
describe("the engine", function () {
    this.timeout(120_000);
    let engine: Engine;
    before(async () => {
        const random = { npmPackage: "@pulumi/random", factory: createProvider };
        engine = await startEngine({ plugins: { random } });
    });
    after(() => engine.close());
    beforeEach(() => engine.reset());

    async function up(text: string): Promise<string[]> {
        await engine.program(text);
        return steps(await engine.up());
    }

    it("deletes what leaves the program only if an earlier run has taken its protection away", async () => {
        await up(program({ data: { protect: true } }));
        await engine.program(program({}));
        const refused = await engine.up();
        assert.notEqual(refused.code, 0);
        assert.match(refused.output, /::data"[^]*protect/);
        assert.equal((await engine.resources()).filter(({ urn }) => urn.endsWith("::data")).length, 1);
        assert.deepEqual(await up(program({ data: { protect: false } })), []);
        assert.deepEqual(await up(program({})), ["delete data"]);
    });

    it("destroys a stack only if an earlier run has taken the protection away", async () => {
        await up(program({ data: { protect: true } }));
        // What the program says does not count: it is not run.
        await engine.program(program({ data: { protect: false } }));
        assert.notEqual((await engine.destroy()).code, 0);
        await up(program({ data: { protect: false } }));
        assert.deepEqual(steps(await engine.destroy()), ["delete data"]);
    });

    it("replaces in the run that takes the protection away, and not in one that keeps it", async () => {
        await up(program({ data: { protect: true } }));
        await engine.program(program({ data: { length: 9, protect: true } }));
        assert.notEqual((await engine.up()).code, 0);
        const made = await up(program({ data: { length: 9, protect: false } }));
        assert.ok(made.includes("replace data"), made.join());
    });
});

/** What was done, but for what stayed the same. */
function steps(run: Run): string[] {
    assert.equal(run.code, 0, run.output);
    return run.steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`);
}
