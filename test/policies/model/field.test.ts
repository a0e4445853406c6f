import assert from "node:assert/strict";
import { Field, NotKnown } from "../../../policies/model/field";
import { asInPreview, secret, unknownText } from "../preview";

function read(props: Readonly<Record<string, unknown>>) {
    const secrets = new Set<string>();
    return { object: new Field(props, secrets), secrets };
}

describe("a field of an object", () => {
    it("reads what is written and nothing where nothing is", () => {
        const { object } = read({ spec: { replicas: 2, list: ["a"], on: true, text: "x", none: null } });
        const spec = object.at("spec");
        assert.equal(spec.at("replicas").number(), 2);
        assert.equal(spec.at("list", 0).text(), "a");
        assert.equal(spec.at("on").flag(), true);
        assert.deepEqual(spec.keys(), ["replicas", "list", "on", "text", "none"]);
        for (const missing of [
            spec.at("none"),
            spec.at("no"),
            spec.at("list", 1),
            spec.at("text", "no"),
            spec.at("list", "no"),
        ]) {
            assert.equal(missing.exists(), false, missing.path);
            assert.equal(missing.text(), undefined);
            assert.deepEqual([...missing.items(), ...missing.keys()], []);
        }
    });

    it("reads a value of another type as missing", () => {
        const { object } = read({ replicas: "2", image: 3, on: "true", list: {}, map: [] });
        assert.equal(object.at("replicas").number(), undefined);
        assert.equal(object.at("image").text(), undefined);
        assert.equal(object.at("on").flag(), undefined);
        assert.deepEqual([...object.at("list").items(), ...object.at("map").keys()], []);
    });

    it("does not read what JavaScript adds to objects", () => {
        assert.equal(read({}).object.at("constructor").exists(), false);
        assert.equal(read({ list: [] }).object.at("list", "length").exists(), false);
    });

    it("shows its place as one would write it", () => {
        const { object } = read({});
        assert.equal(object.at("spec", "ports", 0, "name").path, "spec.ports[0].name");
        assert.equal(object.at("metadata", "labels", "a.b/c").path, 'metadata.labels["a.b/c"]');
        assert.equal(object.path, "");
    });

    for (const [form, props] of Object.entries({
        "in a captured graph": { spec: unknownText, list: [unknownText] },
        "behind the SDK's proxy": asInPreview({ spec: unknownText, list: [unknownText] }),
        "as an output without a value": {
            spec: { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" },
            list: [unknownText],
        },
    })) {
        it(`says where an unknown value is, ${form}`, () => {
            const { object } = read(props);
            assert.throws(() => object.at("spec", "replicas").number(), new NotKnown(["spec", "replicas"]));
            assert.throws(() => object.at("spec").keys(), NotKnown);
            assert.throws(() => object.at("list", 0).text(), NotKnown);
            assert.equal(object.at("spec").exists(), true);
            assert.equal(object.at("list").items().length, 1, "a list of unknowns has a known length");
        });
    }

    it("does not swallow another error", () => {
        const broken = Object.defineProperty({}, "spec", {
            enumerable: true,
            get: () => {
                throw new Error("broken");
            },
        });
        assert.throws(() => read(broken).object.at("spec"), /^Error: broken$/);
    });

    it("looks into secrets, and remembers the texts it read there", () => {
        const { object, secrets } = read({ env: secret([{ value: "hunter2" }, { value: "unread" }]), plain: "x" });
        assert.equal(object.at("env", 0, "value").text(), "hunter2");
        assert.equal(object.at("plain").text(), "x");
        assert.deepEqual([...secrets], ["hunter2"]);
    });

    it("looks into outputs, secret or not", () => {
        const output = (more: object) => ({
            "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4",
            ...more,
        });
        const { object, secrets } = read({
            a: output({ value: "open" }),
            b: output({ value: "hidden", secret: true }),
        });
        assert.deepEqual([object.at("a").text(), object.at("b").text()], ["open", "hidden"]);
        assert.deepEqual([...secrets], ["hidden"]);
    });
});
