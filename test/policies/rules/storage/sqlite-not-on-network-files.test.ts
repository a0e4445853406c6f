import assert from "node:assert/strict";
import { sqliteNotOnNetworkFiles as rule } from "../../../../policies/rules/storage/sqlite-not-on-network-files";
import { excuse, judge } from "../../house";
import { unknownText } from "../../preview";
import { claim, ephemeral, reader, storageClasses } from "./claims";

const clean = { messages: [], unchecked: [] };
const files = [...storageClasses(), claim()];
const mount = { mountPath: "/config" };

describe("sqlite-not-on-network-files", () => {
    it("accepts state on block storage, and other folders on the file server", () => {
        const block = claim({ storageClassName: "block-replicated" });
        assert.deepEqual(judge(rule, ...storageClasses(), block, reader({ mount })), clean);
        const scratch = reader({ mount, volume: ephemeral("block-replicated") });
        assert.deepEqual(judge(rule, ...storageClasses(), scratch), clean);
        assert.deepEqual(judge(rule, ...files, reader()), clean);
        assert.deepEqual(judge(rule, ...files, reader({ mount: { ...mount, readOnly: true } })), clean);
    });

    it("accepts a state folder of a program with a database server", () => {
        const volumeMounts = [{ name: "files", mountPath: "/config" }];
        const container = { volumeMounts, env: [{ name: "POSTGRES_HOST", value: "jellyfin-postgres" }] };
        assert.deepEqual(judge(rule, ...files, reader({ container })), clean);
    });

    it("accepts a job that copies files of it", () => {
        for (const type of ["kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"])
            assert.deepEqual(judge(rule, ...files, reader({ mount, type })), clean);
    });

    it("refuses a state folder on the file server", () => {
        assert.deepEqual(judge(rule, ...files, reader({ mount })).messages, [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].volumeMounts[0]: /config is a share of a file server, " +
                "where the locks of SQLite do not hold (sqlite-not-on-network-files); use a claim of the block storage, or name a database server in env",
        ]);
        const scratch = reader({ mount, volume: ephemeral("files-shared") });
        assert.equal(judge(rule, ...storageClasses(), scratch).messages.length, 1);
    });

    it("leaves what is unknown unchecked", () => {
        for (const facts of [
            [...storageClasses(), claim({ storageClassName: unknownText }), reader({ mount })],
            [...files, reader({ container: { volumeMounts: unknownText } })],
        ]) {
            const { messages, unchecked } = judge(rule, ...facts);
            assert.deepEqual([messages.length, unchecked.length], [0, 1]);
        }
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-sqlite-not-on-network-files": excuse("keeps plain files only") };
        assert.deepEqual(judge(rule, ...files, reader({ mount, annotations })), clean);
    });
});
