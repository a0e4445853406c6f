import assert from "node:assert/strict";
import { importId, settle } from "../../lab/repair";

const urn = (name: string) => `urn:pulumi:dev::homelab::type::${name}`;
const vm = {
    urn: urn("vm"),
    type: "proxmoxve:index/vmLegacy:VmLegacy",
    inputs: { nodeName: "pve-1", vmId: 201 },
    parent: urn("machine"),
};
const password = { urn: urn("password"), type: "random:index/randomPassword:RandomPassword", inputs: { length: 48 } };
const there = { urn: urn("there"), type: "kubernetes:core/v1:Namespace", id: "media", inputs: {}, outputs: {} };

function stack(pending: readonly { type: string; resource: object }[]) {
    return { version: 3, deployment: { resources: [there], pending_operations: pending } };
}

describe("the state that a killed engine leaves", () => {
    it("gets what was being created as if it were made, to be looked up by the id that it would have", () => {
        assert.deepEqual(settle(stack([{ type: "creating", resource: vm }])), {
            stack: {
                version: 3,
                deployment: { resources: [there, { ...vm, id: "pve-1/201", outputs: {} }], pending_operations: [] },
            },
            unsure: [vm.urn],
        });
    });

    it("forgets what nobody could look up: it exists nowhere but in the state", () => {
        const { stack: settled, unsure } = settle(stack([{ type: "creating", resource: password }]));
        assert.deepEqual([settled, unsure], [stack([]), []]);
    });

    it("looks up what was being changed or deleted", () => {
        for (const type of ["updating", "deleting"]) {
            assert.deepEqual(settle(stack([{ type, resource: there }])), { stack: stack([]), unsure: [there.urn] });
        }
    });

    it("keeps what is to be replaced, and plans its successor again", () => {
        const successor = { ...there, inputs: { metadata: { name: "other" } } };
        const { stack: settled } = settle(stack([{ type: "creating", resource: successor }]));
        assert.deepEqual(settled, stack([]));
    });

    it("stays as it is when nothing was cut off", () => {
        assert.deepEqual(settle(stack([])), { stack: stack([]), unsure: [] });
    });
});

describe("the id under which a provider would find a resource", () => {
    for (const [type, inputs, id] of [
        ["proxmoxve:index/vmLegacy:VmLegacy", { nodeName: "pve-1", vmId: 201 }, "pve-1/201"],
        [
            "proxmoxve:index/fileLegacy:FileLegacy",
            { nodeName: "pve-1", datastoreId: "local", sourceRaw: { fileName: "a.yaml" } },
            "pve-1/local:snippets/a.yaml",
        ],
        [
            "proxmoxve:download/file:File",
            { nodeName: "pve-1", datastoreId: "local", contentType: "import", fileName: "debian.qcow2" },
            "pve-1/local:import/debian.qcow2",
        ],
        ["proxmoxve:hardware/mapping/pci:Pci", { name: "igpu" }, "igpu"],
        ["kubernetes:core/v1:Namespace", { metadata: { name: "media" } }, "media"],
        ["kubernetes:apps/v1:StatefulSet", { metadata: { name: "web", namespace: "media" } }, "media/web"],
        [
            "kubernetes:helm.sh/v3:Release",
            { name: "longhorn", namespace: "longhorn-system" },
            "longhorn-system/longhorn",
        ],
        ["aws:s3/bucket:Bucket", { bucket: "backups" }, "backups"],
        ["random:index/randomPassword:RandomPassword", { length: 48 }, undefined],
        ["kubernetes:core/v1:Secret", { metadata: { namespace: "media" } }, undefined],
    ] as const) {
        it(`is ${id ?? "not known"} for ${type}`, () => assert.equal(importId(type, inputs), id));
    }
});
