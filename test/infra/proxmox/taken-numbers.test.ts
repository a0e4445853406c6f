import assert from "node:assert/strict";
import { takenNumbers } from "../../../infra/proxmox";

const planned = [
    { name: "server-1", vmId: 201 },
    { name: "agent-1", vmId: 211 },
];

describe("the numbers of the machines", () => {
    it("are free in an empty Proxmox", () => {
        assert.deepEqual(takenNumbers(planned, []), []);
    });

    it("are not taken by the machines themselves, on whichever host they are", () => {
        assert.deepEqual(takenNumbers(planned, [{ vmId: 201, name: "server-1", nodeName: "pve-2" }]), []);
    });

    it("are not taken by machines with other numbers", () => {
        assert.deepEqual(takenNumbers(planned, [{ vmId: 100, name: "nas", nodeName: "pve-1" }]), []);
    });

    it("are refused when somebody else's machine has one: by its name, its host, and what to do", () => {
        assert.deepEqual(takenNumbers(planned, [{ vmId: 211, name: "nas", nodeName: "pve-2" }]), [
            'cluster: vmId 211 of agent-1 is used by "nas" on pve-2 (numbers are unique in a Proxmox cluster); give agent-1 a free one',
        ]);
    });
});
