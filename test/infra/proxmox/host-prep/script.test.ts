import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { programGrants } from "../../../../infra/proxmox";
import { bootstrapScript, hostPrepScript } from "../../../../infra/proxmox/host-prep";
import { onPath } from "../../../../lab/toolchain/locate";
import { aHost } from "../../../support/planned";
import { cardPrep, changes, full, gpu, plain, putCard } from "./hosts";
import { HostSandbox } from "./sandbox";

describe("the preparation of a host", () => {
    let host: HostSandbox;
    beforeEach(() => {
        host = new HostSandbox();
    });
    afterEach(() => host.close());

    it("keeps the GPU for a machine: VFIO by its ids, the host's drivers away, the IOMMU on for either boot loader", () => {
        const { status, errors } = host.run(hostPrepScript(full, "apply"));
        assert.deepEqual([status, errors], [0, ""]);
        assert.equal(host.read("etc/modules-load.d/vfio.conf"), "vfio\nvfio_iommu_type1\nvfio_pci\n");
        const modprobe = host.read("etc/modprobe.d/homelab-passthrough.conf");
        assert.match(modprobe, /^blacklist i915$/m);
        assert.match(modprobe, /^options vfio-pci ids=8086:3e92 disable_vga=1$/m);
        const grub = `. ${host.root}/etc/default/grub; . ${host.root}/etc/default/grub.d/homelab-iommu.cfg; echo "$GRUB_CMDLINE_LINUX_DEFAULT"`;
        assert.equal(spawnSync("sh", ["-c", grub], { encoding: "utf8" }).stdout, "quiet intel_iommu=on iommu=pt\n");
        assert.equal(host.read("etc/kernel/cmdline"), "root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on iommu=pt\n");
    });

    it("adds what the datastore lacks to what it has", () => {
        host.run(hostPrepScript(full, "apply"));
        assert.match(host.read("etc/pve/storage.cfg"), /content iso,vztmpl,backup,import,snippets\n\nlvmthin/);
        assert.match(host.read("etc/pve/storage.cfg"), /content rootdir,images\n/);
    });

    it("lets nobody but root look at the snippets, which have keys of the cluster", () => {
        const folder = "var/lib/vz/snippets";
        host.write(`${folder}/server.yaml`, "keys");
        chmodSync(join(host.root, folder), 0o2755);
        assert.match(
            host.run(hostPrepScript(full, "check")).output,
            /differs: \/var\/lib\/vz\/snippets is not there with 700 root:root,/,
        );
        const { status, output } = host.run(hostPrepScript(full, "apply"));
        assert.equal(status, 0);
        assert.match(output, /^changed: \/var\/lib\/vz\/snippets is 700 root:root$/m);
        assert.equal(lstatSync(join(host.root, folder)).mode & 0o7777, 0o700);
        assert.equal(host.read(`${folder}/server.yaml`), "keys");
    });

    it("lets the user that copies snippets see them, because the provider opens what it has copied without sudo", () => {
        const own = { ...plain, sshUsername: "pulumi" };
        const without = host.run(hostPrepScript(own, "apply")).output;
        assert.match(without, /^hint: proxmox\.sshUsername is pulumi, and there is no such user on pve-2/m);
        assert.equal(host.mode("var/lib/vz/snippets"), "0700");
        host.addUser("pulumi");
        assert.match(
            host.run(hostPrepScript(own, "check")).output,
            /differs: \/var\/lib\/vz\/snippets is not there with 750 root:pulumi-group,/,
        );
        host.run(hostPrepScript(own, "apply"));
        assert.equal(host.mode("var/lib/vz/snippets"), "0750");
        assert.equal(host.run(hostPrepScript(own, "check")).output, "pve-2 is prepared.\n");
    });

    it("says what to do about snippets on a share that takes no owner from it, and makes nothing below one that is away", () => {
        const shared = { ...plain, host: aHost("pve-2", { datastores: { files: "nas", disks: "local-lvm" } }) };
        host.write(
            "etc/pve/storage.cfg",
            "nfs: nas\n\texport /mnt/pool\n\tserver 192.168.30.10\n\tcontent import,snippets\n\n",
        );
        const cure = /^hint: \/mnt\/pve\/nas\/snippets cannot be made 700 root:root, .* does not squash root/m;
        const away = host.run(hostPrepScript(shared, "apply"));
        assert.equal(away.status, 0);
        assert.match(away.output, cure);
        assert.throws(() => lstatSync(join(host.root, "mnt/pve/nas")));
        assert.match(
            host.run(hostPrepScript(shared, "check")).output,
            /differs: \/mnt\/pve\/nas\/snippets is not there/,
        );
        host.write("mnt/pve/nas/snippets/server.yaml", "keys");
        const there = host.run(hostPrepScript(shared, "apply"));
        assert.match(there.output, /^changed: \/mnt\/pve\/nas\/snippets is 700 root:root$/m);
    });

    it("writes boot files once, then says that the host wants a reboot, and never reboots it", () => {
        const first = host.run(hostPrepScript(full, "apply"));
        const boot = ["update-initramfs -u -k all", "update-grub", "proxmox-boot-tool refresh"];
        assert.deepEqual(
            first.calls.filter((call) => /^(update-|proxmox-boot)/.test(call)),
            boot,
        );
        assert.match(first.output, /must be rebooted/);
        assert.ok(!first.calls.some((call) => /reboot|poweroff/.test(call)));
    });

    it("makes the host a client of the UPS, with the password from its own file, for root and the client only", () => {
        const script = hostPrepScript(full, "apply");
        assert.ok(!script.includes("plain-Word_1"), "no password is in the script");
        const { calls } = host.run(script);
        const [monitor] = host.read("etc/nut/upsmon.conf").split("\n");
        assert.equal(monitor, 'MONITOR ups@192.168.30.10:3493 1 homelab "plain-Word_1" secondary');
        assert.equal(host.mode("etc/nut/upsmon.conf"), "0640");
        assert.match(host.read("etc/nut/upssched.conf"), /^AT ONBATT \* START-TIMER power-off 660$/m);
        assert.ok(calls.includes("apt-get install --yes --no-install-recommends nut-client"));
        assert.ok(calls.includes("systemctl restart nut-monitor.service"));
    });

    it("lets the client's user into the folder of its files, which somebody has kept for root alone, and not at the password", () => {
        host.run('chmod 700 "$HOST_ROOT/etc/nut"; chmod 644 "$HOST_ROOT/etc/nut/homelab-password"');
        const first = host.run(hostPrepScript(full, "apply"));
        assert.equal(host.mode("etc/nut"), "0755");
        assert.equal(host.mode("etc/nut/homelab-password"), "0600");
        assert.match(first.output, /^changed: \/etc\/nut$/m);
        assert.match(host.run(hostPrepScript(full, "apply")).output, /^unchanged: \/etc\/nut$/m);
    });

    it("asks for the password where it is not there, and has changed nothing of the UPS then", () => {
        host.remove("etc/nut/homelab-password");
        const { status, errors } = host.run(hostPrepScript(full, "apply"));
        assert.equal(status, 1);
        assert.match(errors, /homelab-password is not there; write the password of the NUT server into it/);
        assert.match(
            errors,
            /install -d -m 755 \/etc\/nut && umask 077 && cat >/,
            "the folder is for the client's user too",
        );
        assert.throws(() => host.read("etc/nut/upsmon.conf"));
    });

    it("refuses a password that the client could not send, without showing it", () => {
        host.write("etc/nut/homelab-password", "two words\n");
        const { status, errors } = host.run(hostPrepScript(full, "apply"));
        assert.equal(status, 1);
        assert.match(errors, /characters that NUT's protocol does not carry/);
        assert.ok(!errors.includes("two words"));
    });

    it("changes nothing at its second run", () => {
        host.run(hostPrepScript(full, "apply"));
        const before = host.state();
        const second = host.run(hostPrepScript(full, "apply"));
        assert.equal(second.status, 0, second.errors);
        assert.deepEqual(changes(second.calls), []);
        assert.doesNotMatch(second.output, /: changed|rebooted/);
        assert.deepEqual(host.state(), before);
    });

    it("has the initramfs made by its next run where one ended before it was, and the check tells of it", () => {
        host.failOnce("update-initramfs");
        assert.equal(host.run(hostPrepScript(full, "apply")).status, 1);
        const check = host.run(hostPrepScript({ ...full, ups: undefined }, "check"));
        assert.equal(check.status, 1, check.output);
        assert.match(check.output, /differs: a run ended before the files for the boot were in the initramfs/);
        const second = host.run(hostPrepScript(full, "apply"));
        const boot = ["update-initramfs -u -k all", "update-grub", "proxmox-boot-tool refresh"];
        assert.deepEqual(
            second.calls.filter((call) => boot.includes(call)),
            boot,
        );
        assert.match(second.output, /must be rebooted/);
        assert.equal(host.run(hostPrepScript(full, "check")).output, "pve-1 is prepared.\n");
    });

    it("has the running client read its files by its next run where one ended before it had, and the check tells of it", () => {
        host.run(hostPrepScript(full, "apply"));
        host.write("etc/nut/upsmon.conf", "");
        host.failOnce("systemctl");
        assert.equal(host.run(hostPrepScript(full, "apply")).status, 1);
        const check = host.run(hostPrepScript(full, "check"));
        assert.equal(check.status, 1, check.output);
        assert.match(check.output, /differs: a run ended before the UPS' client had read its files/);
        const { calls } = host.run(hostPrepScript(full, "apply"));
        for (const call of ["systemctl daemon-reload", "systemctl restart nut-monitor.service"])
            assert.ok(calls.includes(call), call);
        assert.equal(host.run(hostPrepScript(full, "check")).output, "pve-1 is prepared.\n");
    });

    it("starts the client again that somebody stopped", () => {
        host.run(hostPrepScript(full, "apply"));
        host.run(`rm "$HOST_ROOT/../active-nut-monitor.service"`);
        assert.deepEqual(changes(host.run(hostPrepScript(full, "apply")).calls), [
            "systemctl enable nut-monitor.service",
            "systemctl restart nut-monitor.service",
        ]);
    });

    it("repairs what somebody has changed, and only that", () => {
        host.run(hostPrepScript(full, "apply"));
        host.write("etc/modprobe.d/homelab-passthrough.conf", "");
        const { output, calls } = host.run(hostPrepScript(full, "apply"));
        assert.deepEqual(output.match(/^changed: .*$/gm), ["changed: /etc/modprobe.d/homelab-passthrough.conf"]);
        assert.ok(calls.includes("update-initramfs -u -k all"));
        assert.ok(!calls.some((call) => call.startsWith("systemctl restart")));
    });

    it("of a host without a GPU in a house without a UPS is its datastore and nothing else", () => {
        host.run('mkdir -p -m 0700 "$HOST_ROOT/var/lib/vz/snippets"');
        const before = host.state().filter((line) => !line.includes("storage.cfg"));
        const { status, calls } = host.run(hostPrepScript(plain, "apply"));
        assert.equal(status, 0);
        assert.deepEqual(calls, ["pvesm set local --content iso,vztmpl,backup,import,snippets"]);
        const after = host.state().filter((line) => !line.includes("storage.cfg"));
        // The folder of the file has a new time.
        const names = (lines: readonly string[]) => lines.map((line) => line.split(" ")[0]);
        assert.deepEqual(names(after), names(before));
    });

    for (const [title, path, text, hint] of [
        ["another device", "device", "0x3e98\n", "hosts[].gpu.id of pve-1 is 8086:3e92, the device is 8086:3e98"],
        [
            "another board",
            "subsystem_device",
            "0x1\n",
            "hosts[].gpu.subsystemId of pve-1 is 17aa:3136, the device has 17aa:1",
        ],
    ] as const) {
        it(`hints at ${title} than the configuration has, because the machine would not start`, () => {
            host.write(`sys/bus/pci/devices/0000:00:02.0/${path}`, text);
            assert.ok(host.run(hostPrepScript(full, "apply")).output.includes(`hint: ${hint}`));
        });
    }

    it("hints at whatever else would be taken from the host with the GPU's IOMMU group, and at a group that moved", () => {
        host.write("sys/kernel/iommu_groups/0/devices/0000:00:1f.3", "");
        const moved = { ...full, host: aHost("pve-1", { gpu: { ...gpu, iommuGroup: 2 } }) };
        const { output } = host.run(hostPrepScript(moved, "apply"));
        assert.match(output, /hint: 0000:00:1f\.3 is in the GPU's IOMMU group/);
        assert.match(output, /hint: hosts\[\]\.gpu\.iommuGroup of pve-1 is 2, the device is in 0/);
    });

    it("keeps all functions of a card from the host, by the ids that they have there", () => {
        putCard(host);
        const { status, output, errors } = host.run(hostPrepScript(cardPrep, "apply"));
        assert.deepEqual([status, errors], [0, ""]);
        assert.doesNotMatch(output, /hint:/);
        const modprobe = host.read("etc/modprobe.d/homelab-passthrough.conf");
        assert.match(modprobe, /^options vfio-pci ids=10de:2504,10de:228e disable_vga=1$/m);
        assert.match(modprobe, /^softdep snd_hda_intel pre: vfio-pci$/m);
        assert.doesNotMatch(modprobe, /blacklist snd_hda_intel/, "the host's own sound stays");
        const check = host.run(hostPrepScript(cardPrep, "check"));
        assert.deepEqual([check.status, check.output], [0, "pve-1 is prepared.\n"]);
    });

    it("has the id of the configuration where the card is not there yet, and says so", () => {
        const { output } = host.run(hostPrepScript(cardPrep, "apply"));
        assert.match(host.read("etc/modprobe.d/homelab-passthrough.conf"), /ids=10de:2504 /);
        assert.match(output, /hint: hosts\[\]\.gpu\.path of pve-1 is 0000:01:00, and there is no such device/);
    });

    it("is for the host of its name alone, and for root", () => {
        const { status, stderr } = spawnSync("bash", ["-s"], {
            input: hostPrepScript(full, "apply"),
            encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.match(stderr, /the script is for pve-1|runs as root on pve-1/);
    });
});

function shellcheck(input: string) {
    return spawnSync("shellcheck", ["--severity=style", "-"], { input, encoding: "utf8" });
}

const program = onPath("shellcheck", process.env["PATH"] ?? "");
const checked = program === undefined ? describe.skip : describe;

checked("shellcheck finds nothing to say", () => {
    it("about the script that makes the program's user and its token", () => {
        for (const ha of [true, false]) {
            const grants = programGrants({ hosts: [full.host, plain.host], bridge: "vmbr0", vlan: 20, ha });
            const { status, stdout } = shellcheck(bootstrapScript(grants));
            assert.deepEqual([status, stdout], [0, ""]);
        }
    });

    for (const mode of ["apply", "check"] as const) {
        for (const [title, prep] of [
            ["a host with a GPU and a UPS", full],
            ["a host with a card of several functions", cardPrep],
            ["a host without", plain],
        ] as const) {
            it(`about the script to ${mode} ${title}`, () => {
                const { status, stdout } = shellcheck(hostPrepScript(prep, mode));
                assert.deepEqual([status, stdout], [0, ""]);
            });
        }
    }
});
