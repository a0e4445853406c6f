import assert from "node:assert/strict";
import { listExceptions } from "../../policies/list-exceptions";
import { service, workload } from "./house";
import { unknownText } from "./preview";

const annotations = {
    "policy.homelab/allow-no-privileged-container": "mounts disks on the node",
    "policy.homelab/allow-image-pinned": "",
    "example.org/other": "no exception",
};

describe("the list of exceptions", () => {
    it("names rule, object and reason, and says where none is given", () => {
        assert.deepEqual(listExceptions([workload({ annotations }), service(), workload()]), [
            "image-pinned  StatefulSet media/jellyfin  NO REASON: excuses nothing",
            "no-privileged-container  StatefulSet media/jellyfin  mounts disks on the node",
        ]);
    });

    it("reads what `pulumi stack export` prints", () => {
        const urn = "urn:pulumi:dev::homelab::kubernetes:batch/v1:Job::restore";
        const inputs = { metadata: { annotations: { "policy.homelab/allow-image-pinned": "built in the house" } } };
        const resources = [{ urn: "urn:pulumi:dev::homelab::pulumi:pulumi:Stack::x", type: "pulumi:pulumi:Stack" }];
        const graph = {
            version: 3,
            deployment: { resources: [...resources, { urn, type: "kubernetes:batch/v1:Job", inputs }] },
        };
        assert.deepEqual(listExceptions(graph), ["image-pinned  Job restore  built in the house"]);
    });

    it("does not hide annotations that are unknown", () => {
        const [line] = listExceptions([workload({ annotations: unknownText })]);
        assert.equal(line, "?  StatefulSet media/jellyfin  metadata.annotations is not known yet");
    });

    it("says what it wants when it is given something else", () => {
        assert.throws(
            () => listExceptions({ resources: 3 }),
            /^Error: graph: neither a list of resources nor a stack export; /,
        );
    });
});
