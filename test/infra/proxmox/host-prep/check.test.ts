import assert from "node:assert/strict";
import { hostPrepScript } from "../../../../infra/proxmox/host-prep";
import { aHost } from "../../../support/planned";
import { cardPrep, changes, full, putCard } from "./hosts";
import { HostSandbox } from "./sandbox";

describe("the check of a host", () => {
    let host: HostSandbox;
    beforeEach(() => {
        host = new HostSandbox();
    });
    afterEach(() => host.close());

    it("tells everything that differs, and writes nothing", () => {
        const before = host.state();
        const { status, output, calls } = host.run(hostPrepScript(full, "check"));
        assert.deepEqual(host.state(), before);
        assert.deepEqual(changes(calls), []);
        assert.equal(status, 1);
        for (const wrong of [
            "/etc/modules-load.d/vfio.conf is not there",
            "/etc/kernel/cmdline lacks intel_iommu=on",
            "datastore local does not allow snippets (it has iso,vztmpl,backup)",
            "package nut-client is not installed",
            "nut-monitor.service is not active",
        ]) {
            assert.ok(output.includes(`differs: ${wrong}\n`), `${wrong}\n${output}`);
        }
    });

    it("is content after the preparation, and still writes nothing", () => {
        host.run(hostPrepScript(full, "apply"));
        const before = host.state();
        const { status, output } = host.run(hostPrepScript(full, "check"));
        assert.deepEqual([status, output], [0, "pve-1 is prepared.\n"]);
        assert.deepEqual(host.state(), before);
    });

    for (const [title, change, differs] of [
        [
            "another device",
            () => host.write("sys/bus/pci/devices/0000:00:02.0/device", "0x3e98\n"),
            "hosts[].gpu.id of pve-1 is 8086:3e92, the device is 8086:3e98",
        ],
        [
            "a driver of the host on the GPU",
            () => host.bindDriver("0000:00:02.0", "i915"),
            "the host's driver i915 still holds 0000:00:02.0; it lets go at the reboot after the preparation",
        ],
        [
            "another device in the GPU's group",
            () => host.pciDevice("0000:00:1f.3", { vendor: "8086", device: "a348", class: "040300" }, 0),
            "0000:00:1f.3 is in the GPU's IOMMU group and would be taken from the host with it",
        ],
        [
            "a GPU that is away",
            () => host.remove("sys/bus/pci/devices/0000:00:02.0"),
            "hosts[].gpu.path of pve-1 is 0000:00:02.0, and there is no such device; look at: pvesh get /nodes/pve-1/hardware/pci",
        ],
    ] as const) {
        it(`is not content with ${title}, because the machine would not start`, () => {
            host.run(hostPrepScript(full, "apply"));
            change();
            const { status, output } = host.run(hostPrepScript(full, "check"));
            assert.equal(status, 1, output);
            assert.ok(output.includes(`differs: ${differs}\n`), output);
            assert.match(output, /see above: 1\./);
        });
    }

    it("is content with a GPU that VFIO has", () => {
        host.run(hostPrepScript(full, "apply"));
        host.bindDriver("0000:00:02.0", "vfio-pci");
        assert.equal(host.run(hostPrepScript(full, "check")).status, 0);
    });

    it("says how a card is written whose other functions are in the GPU's group, and who holds one of them", () => {
        putCard(host);
        const { gpu: card } = cardPrep.host;
        assert.ok(card);
        const alone = { ...cardPrep, host: aHost("pve-1", { gpu: { ...card, path: "0000:01:00.0" } }) };
        assert.match(
            host.run(hostPrepScript(alone, "check")).output,
            /differs: 0000:01:00\.1 is of the same card .*; write hosts\[\]\.gpu\.path of pve-1 without its function: 0000:01:00\n/,
        );
        host.bindDriver("0000:01:00.1", "snd_hda_intel");
        assert.match(
            host.run(hostPrepScript(cardPrep, "check")).output,
            /differs: the host's driver snd_hda_intel still holds 0000:01:00\.1;/,
        );
    });

    it("sees a folder of the UPS' client that its user cannot enter (upssched would find no timers), and a password that others may read", () => {
        host.run(hostPrepScript(full, "apply"));
        host.run('chmod 700 "$HOST_ROOT/etc/nut"; chmod 644 "$HOST_ROOT/etc/nut/homelab-password"');
        const { status, output } = host.run(hostPrepScript(full, "check"));
        assert.equal(status, 1);
        assert.match(output, /differs: \/etc\/nut has mode 0700 instead of 0755\n/);
        assert.match(output, /differs: \/etc\/nut\/homelab-password has mode 0644 instead of 0600\n/);
        assert.match(output, /see above: 2\./);
    });

    it("sees a file that others may read, an old text, and a kernel without IOMMU", () => {
        host.run(hostPrepScript(full, "apply"));
        host.run('chmod 644 "$HOST_ROOT/etc/nut/upsmon.conf"; echo >>"$HOST_ROOT/etc/modules-load.d/vfio.conf"');
        host.remove("sys/class/iommu/dmar0");
        const { status, output } = host.run(hostPrepScript(full, "check"));
        assert.equal(status, 1);
        assert.match(output, /differs: \/etc\/nut\/upsmon\.conf has mode 0644 instead of 0640/);
        assert.match(output, /differs: \/etc\/modules-load\.d\/vfio\.conf has another text/);
        assert.match(output, /differs: the IOMMU is off/);
        assert.match(output, /see above: 3\./);
    });
});
