import assert from "node:assert/strict";
import { keysOf } from "../../scripts/chart-keys/keys";

describe("the keys of a chart", () => {
    const chart = { name: "example", version: "1.2.3", appVersion: "4.5" };

    it("are the leaves of its default values, with their kinds", () => {
        const values = { a: { b: 1, c: "text", d: null }, list: [1], open: {}, on: true };
        assert.deepEqual(keysOf(chart, values), {
            ...{ chart: "example", version: "1.2.3", appVersion: "4.5" },
            keys: { "a.b": "number", "a.c": "string", "a.d": "null", list: "list", open: "map", on: "boolean" },
        });
    });

    it("have a dot of a key marked, so that it is told from a step", () => {
        assert.deepEqual(Object.keys(keysOf(chart, { labels: { "kubernetes.io/os": "linux" } }).keys), [
            "labels.kubernetes\\.io/os",
        ]);
    });

    it("are none of what is no chart", () => {
        assert.throws(() => keysOf({}, {}), /Chart\.yaml has no name or version/);
        assert.throws(() => keysOf(chart, []), /values\.yaml is no mapping/);
    });
});
