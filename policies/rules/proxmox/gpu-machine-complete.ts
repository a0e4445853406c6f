import { isMachine } from "../../model/machine";
import type { ResourceRule } from "../../model/rule";

export const gpuMachineComplete: ResourceRule = {
    kind: "resource",
    name: "gpu-machine-complete",
    level: "mandatory",
    severity: "high",
    description: "A machine with a PCI device of its host is a q35 machine with OVMF, an EFI disk and PCI Express.",
    incident:
        "The GPU was passed to a machine with the default chipset and BIOS: the guest saw the device, its driver failed, and " +
        "/dev/dri was never there. BIOS and EFI disk cannot be changed afterwards without a reinstallation.",
    instead: "the GPU in the machine's configuration; infra/proxmox derives chipset, firmware and disk from it.",
    applies: isMachine,
    check(machine, report) {
        report.guard(machine, () => {
            const devices = machine.object.at("hostpcis").items();
            if (devices.length === 0) return;
            const refuse = (path: string, wrong: string, write: string) =>
                report.guard(machine, () => report.violation(machine, { path, wrong, write }));
            for (const device of devices) {
                report.guard(machine, () => {
                    const pcie = device.at("pcie");
                    if (pcie.flag() !== true) refuse(pcie.path, "the device is plain PCI to the guest", "write true");
                });
            }
            report.guard(machine, () => {
                const chipset = machine.object.at("machine").text() ?? "pc";
                if (!/q35/.test(chipset)) refuse("machine", `${chipset} has no PCI Express`, "write q35");
            });
            report.guard(machine, () => {
                const bios = machine.object.at("bios").text() ?? "seabios";
                if (bios !== "ovmf") refuse("bios", `${bios} does not start the device's own firmware`, "write ovmf");
            });
            if (machine.object.at("efiDisk").exists()) return;
            refuse("efiDisk", "OVMF has no place for its settings", "add an EFI disk of type 4m");
        });
    },
};
