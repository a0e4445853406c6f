import assert from "node:assert/strict";
import { drift } from "../../../../lab/providers/kubernetes/live";

describe("drift of an object's own fields", () => {
    it("keeps what the program wrote where the API server reads it as the same", () => {
        assert.deepEqual(drift({ cpu: "1000m", paused: false }, { cpu: "1" }, { cpu: "1" }), {
            cpu: "1000m",
            paused: false,
        });
    });

    it("shows the live value of exactly the fields that changed, and nothing that others added", () => {
        const input = { replicas: 1, image: "a" };
        assert.deepEqual(drift(input, { ...input, extra: 1 }, { replicas: 3, image: "a", extra: 1, other: 2 }), {
            replicas: 3,
            image: "a",
        });
    });

    it("shows a field that was taken away", () => {
        assert.deepEqual(drift({ a: "1", b: "2" }, { a: "1", b: "2" }, { a: "1" }), { a: "1" });
    });

    it("follows items by their name, so that an item put before them is not drift of its own", () => {
        const input = [{ name: "main", image: "a" }];
        const sidecar = { name: "sidecar", image: "s" };
        const wanted = [sidecar, { name: "main", image: "a", policy: "Always" }];
        assert.deepEqual(drift(input, wanted, [sidecar, { name: "main", image: "b", policy: "Always" }]), [
            { name: "main", image: "b" },
        ]);
    });

    it("shows items that were added to or removed from a list of plain values", () => {
        assert.deepEqual(drift(["a"], ["a"], ["a", "b"]), ["a", "b"]);
        assert.deepEqual(drift(["a", "b"], ["a", "b"], ["a"]), ["a"]);
    });
});
