import assert from "node:assert/strict";
import fc from "fast-check";
import { coversPath, formatPath, parsePath } from "../../../../lab/providers/kit/property-path";

describe("property paths", () => {
    it("are written as the engine writes them", () => {
        assert.equal(formatPath(["spec", "containers", 0, "image"]), "spec.containers[0].image");
        assert.equal(
            formatPath(["metadata", "labels", "app.kubernetes.io/name"]),
            'metadata.labels["app.kubernetes.io/name"]',
        );
        assert.equal(formatPath(["a-b", 'quo"te']), '["a-b"]["quo\\"te"]');
    });

    it("are read back as they were", () => {
        const segment = fc.oneof(
            fc.nat(99),
            fc.string({ minLength: 1 }).filter((text) => !text.includes("\\")),
        );
        fc.assert(
            fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
                assert.deepEqual(parsePath(formatPath(segments)), segments);
            }),
        );
        assert.deepEqual(parsePath("list[*].x"), ["list", "*", "x"]);
    });

    it("cover themselves and what lies below them", () => {
        assert.ok(coversPath(["a", "*"], ["a", 0, "b"]));
        assert.ok(!coversPath(["a", "b"], ["a"]));
        assert.ok(!coversPath([], ["a"]));
    });
});
