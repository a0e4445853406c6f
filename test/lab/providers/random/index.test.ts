import assert from "node:assert/strict";
import { textOf } from "../../../../lab/plain-values";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { createProvider } from "../../../../lab/providers/random";
import { direct } from "../kit/direct";

const plugin = direct(createProvider());
const type = (name: string): string => `random:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
const make = async (name: string, inputs: Properties): Promise<Properties> =>
    (await plugin.create(type(name), inputs)).outputs;

describe("the stand-in for the plugin random", () => {
    it("draws passwords from the classes that are on, with their least numbers", async () => {
        for (let round = 0; round < 50; round++) {
            const { result } = await make("RandomPassword", {
                length: 12,
                upper: false,
                special: false,
                minNumeric: 5,
            });
            assert.match(textOf(result), /^[a-z0-9]{12}$/);
            assert.ok(textOf(result).replace(/[^0-9]/g, "").length >= 5, `too few digits in ${textOf(result)}`);
        }
        const { result } = await make("RandomPassword", {
            length: 40,
            lower: false,
            upper: false,
            numeric: false,
            overrideSpecial: "+",
        });
        assert.equal(result, "+".repeat(40));
        const twice = [await make("RandomPassword", { length: 32 }), await make("RandomPassword", { length: 32 })];
        assert.notEqual(twice[0]?.["result"], twice[1]?.["result"]);
    });

    it("gives an id in all its forms, with the prefix", async () => {
        const { outputs, id } = await plugin.create(type("RandomId"), { byteLength: 8, prefix: "vm-" });
        const hex = textOf(outputs["hex"]).slice(3);
        assert.match(hex, /^[0-9a-f]{16}$/);
        assert.equal(outputs["dec"], `vm-${BigInt(`0x${hex}`)}`);
        assert.equal(outputs["b64Url"], `vm-${Buffer.from(hex, "hex").toString("base64url")}`);
        assert.equal(outputs["b64Std"], `vm-${Buffer.from(hex, "hex").toString("base64")}`);
        assert.equal(id, Buffer.from(hex, "hex").toString("base64url"));
    });

    it("gives whole numbers within their limits, the same for the same seed", async () => {
        for (let round = 0; round < 20; round++) {
            const { result } = await make("RandomInteger", { min: 3, max: 5 });
            assert.ok([3, 4, 5].includes(Number(result)));
        }
        const seeded = { min: 1, max: 1_000_000, seed: "s" };
        assert.deepEqual(await make("RandomInteger", seeded), await make("RandomInteger", seeded));
    });

    it("gives bytes, texts, names, orders and universally unique ids", async () => {
        const bytes = await make("RandomBytes", { length: 32 });
        assert.equal(Buffer.from(textOf(bytes["base64"]), "base64").toString("hex"), bytes["hex"]);
        assert.match((await plugin.create(type("RandomPet"), { prefix: "pve", length: 3 })).id, /^pve(-[a-z]+){3}$/);
        assert.match(textOf((await make("RandomUuid", {}))["result"]), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
        assert.match(textOf((await make("RandomString", { length: 6, special: false }))["result"]), /^[A-Za-z0-9]{6}$/);
        const { results } = await make("RandomShuffle", { inputs: ["a", "b", "c"] });
        assert.deepEqual(Array.isArray(results) && [...results].sort(), ["a", "b", "c"]);
    });

    it("replaces for every changed input, keepers included", async () => {
        const change = (olds: Properties, news: Properties) => plugin.diff(type("RandomPassword"), olds, news);
        assert.deepEqual(await change({ length: 8 }, { length: 9 }), { length: "update-replace" });
        assert.deepEqual(await change({ length: 8, keepers: { epoch: "1" } }, { length: 8, keepers: { epoch: "2" } }), {
            "keepers.epoch": "update-replace",
        });
        assert.deepEqual(await change({ length: 8 }, { length: 8, keepers: { epoch: Unknown.value } }), {
            keepers: "add-replace",
        });
        assert.deepEqual(
            await change({ length: 8 }, { length: 8, special: true }),
            {},
            "a written default is no change",
        );
    });

    it("does not know its results in a preview", async () => {
        const outputs = await plugin.preview(type("RandomPassword"), { length: 8 });
        assert.equal(outputs["result"], Unknown.value);
        assert.equal(outputs["length"], 8);
        assert.equal(outputs["special"], true);
    });

    it("imports what can be known from an id", async () => {
        assert.deepEqual((await plugin.import(type("RandomPassword"), "hush"))?.inputs, { length: 4 });
        assert.equal((await plugin.import(type("RandomId"), "vm-,AQI"))?.outputs["hex"], "vm-0102");
        await assert.rejects(plugin.import(type("RandomBytes"), "x"), /cannot be imported/);
    });

    it("names what is wrong with an input", async () => {
        assert.deepEqual(await plugin.failures(type("RandomPassword"), { length: 3, minLower: 2, minUpper: 2 }), [
            {
                property: "length",
                reason: "must be at least the sum of minLower, minUpper, minNumeric and minSpecial (4), is 3",
            },
        ]);
        assert.deepEqual(await plugin.failures(type("RandomPassword"), { length: "8" }), [
            { property: "length", reason: "must be a number" },
        ]);
        assert.deepEqual(
            (await plugin.failures(type("RandomPassword"), { lenght: 8 })).map(({ property }) => property),
            ["lenght", "length"],
        );
        assert.deepEqual(await plugin.failures(type("RandomPassword"), { length: Unknown.value }), []);
        await assert.rejects(
            plugin.create("random:index/dice:Dice", {}),
            /does not know this type; it knows random:index/,
        );
    });
});
