import assert from "node:assert/strict";
import { type Engine, startEngine } from "../../../support/engine";
import { ToyWorld, thing, toyProvider, toySdk } from "./toy";

describe("a plugin served to the real engine", function () {
    this.timeout(60_000);
    let world: ToyWorld;
    let engine: Engine;

    before(async () => {
        world = new ToyWorld();
        engine = await startEngine({
            plugins: { toy: { npmPackage: "@pulumi/random", factory: () => toyProvider(world) } },
        });
    });
    after(() => engine.close());
    afterEach(async () => {
        await engine.destroy();
    });

    it("creates, updates in place and leaves alone what did not change", async () => {
        await engine.program(`${toySdk} exports.serial = new Thing("one", { text: "a" }).serial;`);
        const first = await engine.up();
        assert.equal(first.code, 0, first.output);
        assert.deepEqual(
            first.steps.map(({ op, type }) => [op, type]),
            [["create", thing]],
        );
        assert.equal(world.things.size, 1);
    });
});
