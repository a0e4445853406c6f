import assert from "node:assert/strict";
import { refuseUnsaidMove } from "../../stacks/database-mode";
import { stackConfig } from "../support/stack-graph";

describe("a change of who runs the database", () => {
    const database = (change: Partial<ReturnType<typeof stackConfig>["database"]>) => ({
        database: { ...stackConfig("prod").database, ...change },
    });

    it("is refused where nothing is said about the data, with what to write", () => {
        assert.throws(() => refuseUnsaidMove(database({ mode: "ha" }), "single"), {
            message:
                "database.mode: is ha, and the data is in single (it does not move by itself, and programs would begin anew); write moveFrom: single, or see docs/how-to/change-the-database-mode.md. Nothing was changed",
        });
    });

    it("is refused where the data is said to be where it is not", () => {
        assert.throws(() => refuseUnsaidMove(database({ mode: "external", moveFrom: "single" }), "ha"), {
            message:
                /^database\.moveFrom: is single, and the data is in ha \(what is left anywhere else is older\); write moveFrom: ha/,
        });
    });

    it("is taken where the data comes along, or is left behind on purpose", () => {
        for (const moveFrom of ["single", "nothing"] as const)
            refuseUnsaidMove(database({ mode: "ha", moveFrom }), "single");
    });

    it("is none in a first up, and none after a move", () => {
        refuseUnsaidMove(database({ mode: "ha" }), undefined);
        refuseUnsaidMove(database({ mode: "ha" }), "ha");
        refuseUnsaidMove(database({ mode: "ha", moveFrom: "single" }), "ha");
    });
});
