import assert from "node:assert/strict";
import { bytesOf, gibibytes } from "../../../../../lab/cluster/storage/control/quantity";

describe("a quantity of storage", () => {
    it("is read with either kind of unit", () => {
        assert.deepEqual(["20Gi", "1G", "512Mi", "1.5Ti", "7"].map(bytesOf), [
            20 * 2 ** 30,
            1e9,
            2 ** 29,
            1.5 * 2 ** 40,
            7,
        ]);
    });

    it("is refused where it is none", () => {
        for (const text of ["", "20GB", "ten", "-1Gi"]) assert.throws(() => bytesOf(text), /no size/);
    });

    it("is written for a person", () => {
        assert.equal(gibibytes(22.4 * 2 ** 30), "22.4Gi");
    });
});
