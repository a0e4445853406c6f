import assert from "node:assert/strict";
import { clusterSpec } from "../../../../components/data/cluster/cluster-spec";
import { valueAt } from "../../../../lab/plain-values";

function settingsOf(sizeGiB: number): unknown {
    const server = { memoryMiB: 1024, maxConnections: 100 };
    const disk = { storageClass: "block", anyNode: false, sizeGiB };
    return valueAt(clusterSpec({ instances: 3, ...disk, server, archive: undefined }), "postgresql.parameters");
}

describe("the settings of a cluster of databases", () => {
    for (const [sizeGiB, limit] of [
        [1, "341MB"],
        [10, "3413MB"],
    ] as const)
        it(`keep ${limit} of ${sizeGiB} GiB for standbys that are away, which else would fill the disk of who writes`, () => {
            assert.equal(valueAt(settingsOf(sizeGiB), "max_slot_wal_keep_size"), limit);
        });

    it("let what fits the server's memory be", () => {
        assert.equal(valueAt(settingsOf(1), "shared_buffers"), "256MB");
    });
});
