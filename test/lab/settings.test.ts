import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labPaths, type LabPaths } from "../../lab/paths";
import { keepSettings, labSettings } from "../../lab/settings";
import { removeFolder } from "../support/scratch-folder";

describe("the settings of a lab", () => {
    let paths: LabPaths;
    beforeEach(() => {
        paths = labPaths(".", { LAB_DIR: mkdtempSync(join(tmpdir(), "settings-")) });
    });
    afterEach(() => removeFolder(paths.root));

    it("are slot 0, Kubernetes' own patience, the nodes that go, images of its own and the operators of its house where nobody says anything", () => {
        const silent = { LAB_SLOT: "", LAB_NODE_GRACE_SECONDS: "", LAB_NODES: "", LAB_IMAGES: "", LAB_OPERATORS: "" };
        const settings = { slot: 0, nodeGraceSeconds: undefined, nodes: "auto", images: "build", operators: [] };
        assert.deepEqual(labSettings(paths, {}), settings);
        assert.deepEqual(labSettings(paths, silent), settings);
    });

    it("are those that the lab was started with, for every later command", () => {
        const asked = { LAB_SLOT: "7", LAB_NODE_GRACE_SECONDS: "12", LAB_NODES: "real", LAB_IMAGES: "pull" };
        const operators = ["cloudnative-pg", "metallb"];
        keepSettings(paths, labSettings(paths, { ...asked, LAB_OPERATORS: operators.join(", ") }));
        const settings = { slot: 7, nodeGraceSeconds: 12, nodes: "real", images: "pull", operators };
        assert.deepEqual(labSettings(paths, {}), settings);
        assert.deepEqual(labSettings(paths, { LAB_NODE_GRACE_SECONDS: "20" }), { ...settings, nodeGraceSeconds: 20 });
        assert.deepEqual(labSettings(paths, { LAB_IMAGES: "build" }), { ...settings, images: "build" });
    });

    it("of a lab that an older checkout started are completed", () => {
        mkdirSync(paths.root, { recursive: true });
        writeFileSync(join(paths.root, "lab.json"), JSON.stringify({ slot: 7, nodes: "wooden" }));
        const settings = { slot: 7, nodeGraceSeconds: undefined, nodes: "auto", images: "build", operators: [] };
        assert.deepEqual(labSettings(paths, {}), settings);
    });

    it("keep the nodes of a lab that was started", () => {
        keepSettings(paths, labSettings(paths, { LAB_NODES: "simulated" }));
        for (const LAB_NODES of ["simulated", "auto"])
            assert.equal(labSettings(paths, { LAB_NODES }).nodes, "simulated");
        assert.throws(
            () => labSettings(paths, { LAB_NODES: "real" }),
            /^Error: LAB_NODES: real, but .* started with simulated .*make down/,
        );
    });

    for (const [name, words] of [
        ["LAB_NODES", "real, simulated, auto"],
        ["LAB_IMAGES", "build, pull"],
        ["LAB_OPERATORS", "cloudnative-pg, plugin-barman-cloud, metallb"],
    ] as const)
        it(`say which words ${name} takes`, () => {
            assert.throws(
                () => labSettings(paths, { [name]: "wooden" }),
                new RegExp(`^Error: ${name}: wooden is none of ${words}; write for example`),
            );
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
