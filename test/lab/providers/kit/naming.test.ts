import assert from "node:assert/strict";
import { autoName } from "../../../../lab/providers/kit/naming";

describe("automatic names", () => {
    const seed = new Uint8Array(32).fill(7);

    it("are the same for the same seed, and others for another name or seed", () => {
        const name = autoName("web", seed, { randomLength: 8 });
        assert.match(name, /^web-[0-9a-f]{8}$/);
        assert.equal(autoName("web", seed, { randomLength: 8 }), name);
        assert.notEqual(autoName("web", new Uint8Array(32).fill(8), { randomLength: 8 }), name);
        assert.notEqual(
            autoName("web", new Uint8Array(), { randomLength: 8 }),
            autoName("web", new Uint8Array(), { randomLength: 8 }),
        );
    });

    it("are cut where the logical name is too long", () => {
        const name = autoName("a-very-long-name", seed, { randomLength: 4, maxLength: 12, alphabet: "x" });
        assert.equal(name, "a-very-xxxx");
    });
});
