import assert from "node:assert/strict";
import { gpuMachineComplete as rule } from "../../../../policies/rules/proxmox/gpu-machine-complete";
import { judge, machine, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const device = { device: "hostpci0", mapping: "igpu", pcie: true };
const good = { machine: "q35", bios: "ovmf", efiDisk: { type: "4m" }, hostpcis: [device] };

describe("gpu-machine-complete", () => {
    it("accepts a whole machine with a device, and any without", () => {
        assert.deepEqual(judge(rule, machine("pve-1", good)), clean);
        assert.deepEqual(judge(rule, machine("pve-1", { ...good, machine: "pc-q35-9.0" })), clean);
        assert.deepEqual(judge(rule, machine("pve-1", { machine: "pc" })), clean);
        assert.equal(rule.applies(workload().type), false);
    });

    for (const [change, pattern] of [
        [{ machine: undefined }, /^VmLegacy example machine: pc has no PCI Express .*; write q35$/],
        [{ bios: undefined }, /bios: seabios does not start/],
        [{ efiDisk: null }, /efiDisk: OVMF has no place for its settings/],
        [{ hostpcis: [{ ...device, pcie: false }] }, /hostpcis\[0\]\.pcie: the device is plain PCI/],
    ] as const) {
        it(`refuses a device with ${JSON.stringify(change)}`, () => {
            const { messages } = judge(rule, machine("pve-1", { ...good, ...change }));
            assert.equal(messages.length, 1);
            assert.match(messages.join(), pattern);
        });
    }

    it("leaves what is unknown unchecked", () => {
        assert.deepEqual(judge(rule, machine("pve-1", { ...good, bios: unknownText })).unchecked, ["bios"]);
        assert.deepEqual(judge(rule, machine("pve-1", { ...good, hostpcis: unknownText })).unchecked, ["hostpcis"]);
    });
});
