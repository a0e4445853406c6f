import assert from "node:assert/strict";
import fc from "fast-check";
import { type DiffOptions, diffProperties, isReplacement, sameValue } from "../../../../lab/providers/kit/diff";
import { type Properties, Unknown } from "../../../../lab/providers/kit/provider";
import { anyProperties } from "./any-properties";

const changes = (olds: Properties, news: Properties, options?: DiffOptions): Record<string, string> =>
    Object.fromEntries([...diffProperties(olds, news, options)].map(([path, { kind }]) => [path, kind]));

describe("the comparison of properties", () => {
    it("names each changed leaf by the engine's path", () => {
        assert.deepEqual(
            changes(
                { a: 1, list: [{ b: 1 }, 2], labels: { "app/name": "x" }, gone: {} },
                { a: 2, list: [{ b: 1, c: [] }], labels: { "app/name": "y" }, here: [1] },
            ),
            {
                a: "update",
                "list[0].c": "add",
                "list[1]": "delete",
                'labels["app/name"]': "update",
                gone: "delete",
                here: "add",
            },
        );
    });

    it("takes a missing property and null for the same", () => {
        assert.deepEqual(changes({ a: null, b: { c: null } }, { b: {} }), {});
    });

    it("takes what is not known yet for changed", () => {
        assert.deepEqual(changes({ a: 1, b: [1, 2] }, { a: Unknown.value, b: [1, Unknown.value], c: Unknown.value }), {
            a: "update",
            "b[1]": "update",
            c: "add",
        });
    });

    it("leaves out what is to be ignored, with everything below it", () => {
        const [olds, news] = [{ spec: { n: 1, list: [{ x: 1, y: 1 }] } }, { spec: { n: 2, list: [{ x: 2, y: 2 }] } }];
        assert.deepEqual(changes(olds, news, { ignoreChanges: ["spec.n", "spec.list[*].x"] }), {
            "spec.list[0].y": "update",
        });
        assert.deepEqual(changes(olds, news, { ignoreChanges: ["spec"] }), {});
    });

    it("marks what replaces, also when it comes or goes with all that contains it", () => {
        const options = { replaceOn: ["metadata.name", "disks[*].size"] };
        assert.deepEqual(changes({ metadata: { name: "a", x: 1 } }, { metadata: { name: "b", x: 2 } }, options), {
            "metadata.name": "update-replace",
            "metadata.x": "update",
        });
        assert.deepEqual(changes({ disks: [{ size: 1 }] }, { disks: [{ size: 2 }] }, options), {
            "disks[0].size": "update-replace",
        });
        assert.deepEqual(changes({ metadata: { name: "a" } }, {}, options), { metadata: "delete-replace" });
        assert.ok(isReplacement(diffProperties({ metadata: { name: "a" } }, {}, options)));
        assert.ok(!isReplacement(diffProperties({ a: 1 }, { a: 2 }, options)));
    });

    it("finds nothing between equals and something between others", () => {
        fc.assert(
            fc.property(anyProperties, anyProperties, (olds, news) => {
                assert.equal(diffProperties(olds, structuredClone(olds)).size, 0);
                assert.equal(diffProperties(olds, news).size === 0, sameValue(olds, news));
                assert.equal(diffProperties(olds, news).size, diffProperties(news, olds).size);
            }),
        );
    });
});
