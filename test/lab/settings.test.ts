import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labPaths, type LabPaths } from "../../lab/paths";
import { keepSettings, labSettings } from "../../lab/settings";

describe("the settings of a lab", () => {
    let paths: LabPaths;
    beforeEach(() => {
        paths = labPaths(".", { LAB_DIR: mkdtempSync(join(tmpdir(), "settings-")) });
    });
    afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

    it("are slot 0 and Kubernetes' own patience where nobody says anything", () => {
        assert.deepEqual(labSettings(paths, {}), { slot: 0, nodeGraceSeconds: undefined });
        assert.deepEqual(labSettings(paths, { LAB_SLOT: "", LAB_NODE_GRACE_SECONDS: "" }), labSettings(paths, {}));
    });

    it("are those that the lab was started with, for every later command", () => {
        keepSettings(paths, labSettings(paths, { LAB_SLOT: "7", LAB_NODE_GRACE_SECONDS: "12" }));
        assert.deepEqual(labSettings(paths, {}), { slot: 7, nodeGraceSeconds: 12 });
        assert.deepEqual(labSettings(paths, { LAB_NODE_GRACE_SECONDS: "20" }), { slot: 7, nodeGraceSeconds: 20 });
    });

    it("keep the addresses of a lab that was started", () => {
        keepSettings(paths, labSettings(paths, { LAB_SLOT: "7" }));
        assert.throws(() => labSettings(paths, { LAB_SLOT: "8" }), /LAB_SLOT: 8, but .* has slot 7 .*make down/);
    });

    for (const slot of ["-1", "256", "1.5", "one"])
        it(`refuse the slot ${slot}`, () => {
            assert.throws(() => labSettings(paths, { LAB_SLOT: slot }), new RegExp(`^Error: LAB_SLOT: ${slot} is no`));
        });

    for (const seconds of ["0", "3", "4.5", "soon"])
        it(`refuse a grace period of ${seconds} seconds`, () => {
            assert.throws(
                () => labSettings(paths, { LAB_NODE_GRACE_SECONDS: seconds }),
                new RegExp(`^Error: LAB_NODE_GRACE_SECONDS: ${seconds} is no grace period`),
            );
        });
});
