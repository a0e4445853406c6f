import assert from "node:assert/strict";
import { sharedFilesAtOnePath as rule } from "../../../../policies/rules/storage/shared-files-at-one-path";
import { excuse, judge } from "../../house";
import { unknownText } from "../../preview";
import { claim, ephemeral, reader, share, storageClasses } from "./claims";

const clean = { messages: [], unchecked: [] };
const files = [...storageClasses(), claim()];

describe("shared-files-at-one-path", () => {
    it("accepts one path for all, read-only or not", () => {
        const player = reader({ name: "player", mount: { readOnly: true } });
        assert.deepEqual(judge(rule, ...files, reader(), player), clean);
    });

    it("accepts a folder of it, where the whole would have it", () => {
        const worker = reader({ name: "worker", mount: { mountPath: "/data/subtitles", subPath: "subtitles" } });
        assert.deepEqual(judge(rule, ...files, reader(), worker), clean);
        const astray = reader({ name: "worker", mount: { mountPath: "/subtitles", subPath: "data/subtitles" } });
        assert.equal(judge(rule, ...files, reader(), astray).messages.length, 1);
    });

    it("does not compare files of different claims, nor block storage", () => {
        const other = reader({ name: "other", namespace: "other", mount: { mountPath: "/elsewhere" } });
        assert.deepEqual(judge(rule, ...files, claim({}, { namespace: "other" }), reader(), other), clean);
        const block = claim({ storageClassName: "block-replicated" });
        const elsewhere = reader({ name: "job", mount: { mountPath: "/elsewhere" } });
        assert.deepEqual(judge(rule, ...storageClasses(), block, reader(), elsewhere), clean);
    });

    it("does not compare files that are made for each pod", () => {
        const volume = ephemeral("files-shared");
        const job = reader({ name: "job", volume, mount: { mountPath: "/elsewhere" } });
        assert.deepEqual(judge(rule, ...files, reader({ volume }), job), clean);
    });

    it("refuses another path for the same files", () => {
        const client = reader({ name: "client", mount: { mountPath: "/downloads" } });
        assert.deepEqual(judge(rule, ...files, reader(), client).messages, [
            "StatefulSet media/client spec.template.spec.containers[0].volumeMounts[0]: /downloads are files that StatefulSet " +
                "media/jellyfin has at /data: a path that one of them writes down is wrong for the other (shared-files-at-one-path); mount them at /data",
        ]);
        const folder = reader({ name: "client", mount: { subPath: "downloads" } });
        assert.match(judge(rule, ...files, reader(), folder).messages.join(), /\/data \(folder downloads\) are files/);
    });

    it("knows the same share behind the claims of two namespaces", () => {
        const bound = (namespace: string) =>
            claim({ storageClassName: "", volumeName: `library-${namespace}` }, { namespace });
        const parts = ["media", "downloads"].flatMap((namespace) => [bound(namespace), share(`library-${namespace}`)]);
        const client = reader({ name: "client", namespace: "downloads", mount: { mountPath: "/downloads" } });
        assert.equal(judge(rule, ...parts, reader(), client).messages.length, 1);
    });

    it("refuses two writable mounts of one share in one container", () => {
        const volumeMounts = ["films", "downloads"].map((subPath) => ({
            name: "files",
            mountPath: `/data/${subPath}`,
            subPath,
        }));
        assert.match(
            judge(rule, ...files, reader({ container: { volumeMounts } })).messages.join(),
            /are shares of one server, and no hard link or move works between two mounts .*; mount one share once/,
        );
    });

    it("leaves an unknown path unchecked", () => {
        const client = reader({ name: "client", mount: { mountPath: unknownText } });
        const { messages, unchecked } = judge(rule, ...files, reader(), client);
        assert.deepEqual([messages.length, unchecked.length], [0, 1]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-shared-files-at-one-path": excuse("reads its own folder only") };
        const client = reader({ name: "client", annotations, mount: { mountPath: "/downloads" } });
        assert.deepEqual(judge(rule, ...files, reader(), client), clean);
    });
});
