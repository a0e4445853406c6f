import assert from "node:assert/strict";
import { missedGoals } from "../../../lab/bench/goals";

describe("the goals of a measurement", () => {
    const preview = { name: "preview", atMost: 15, unit: "s" };

    it("are met up to the figure itself", () => {
        assert.deepEqual(missedGoals([{ ...preview, measured: 15 }]), []);
    });

    it("are missed above it, each with a line of its own", () => {
        const ratio = { name: "up", measured: 1.2, atMost: 1.15, unit: "times the flat program" };
        assert.deepEqual(missedGoals([{ ...preview, measured: 15.01 }, ratio]), [
            "missed: preview: 15.01 s, and at most 15 is wanted",
            "missed: up: 1.20 times the flat program, and at most 1.15 is wanted",
        ]);
    });
});
