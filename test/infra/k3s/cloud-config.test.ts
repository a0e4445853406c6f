import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { machineCloudConfig } from "../../../infra/k3s";
import type { Machine } from "../../../infra/inventory";
import { k3sFromCloudConfig } from "../../../lab/cluster/boot/k3s-config";
import { unknownPackages } from "../../../lab/cluster/boot/packages";
import { parseUserData } from "../../../lab/cluster/boot/user-data";
import { aCluster, agent, clusterSecrets, servers } from "../../support/planned";
import { removeFolder } from "../../support/scratch-folder";
import { publicKeys } from "../../support/ssh-keys";

/** The keys that we use, as cloud-init's own schema has them (canonical/cloud-init: schema-cloud-config-v1.json). */
const cloudConfigSchema = z.strictObject({
    hostname: z.string(),
    fqdn: z.string(),
    manage_etc_hosts: z.boolean(),
    ssh_deletekeys: z.boolean(),
    ssh_pwauth: z.boolean(),
    ssh_authorized_keys: z.array(z.string()).min(1).optional(),
    package_update: z.boolean(),
    package_upgrade: z.boolean(),
    package_reboot_if_required: z.boolean().optional(),
    bootcmd: z.array(z.string().min(1)).optional(),
    packages: z.array(z.string()).min(1),
    write_files: z.array(
        z.strictObject({
            path: z.string().startsWith("/"),
            content: z.string(),
            permissions: z.string().regex(/^0[0-7]{3}$/),
        }),
    ),
    runcmd: z.array(z.string().min(1)),
});

function textOf(machine: Machine): string {
    return machineCloudConfig(aCluster(), "https://192.168.20.21:6443", machine, clusterSecrets);
}

function configOf(machine: Machine) {
    return cloudConfigSchema.parse(parse(textOf(machine)));
}

function filesOf(machine: Machine): Record<string, { content: string; permissions: string }> {
    return Object.fromEntries(configOf(machine).write_files.map(({ path, ...file }) => [path, file]));
}

const kinds = [
    ["the first server", servers[0]],
    ["a further server", servers[1]],
    ["an agent", agent],
] as const;

describe("the user-data of a machine", () => {
    for (const [title, machine] of kinds) {
        it(`of ${title} begins with the line that cloud-init looks for`, () => {
            assert.equal(textOf(machine).split("\n")[0], "#cloud-config");
        });

        it(`of ${title} has only keys and forms that cloud-init knows`, () => {
            assert.doesNotThrow(() => configOf(machine));
            assert.deepEqual(parseUserData(textOf(machine)).warnings, []);
        });

        it(`of ${title} is a shell script that can be read`, () => {
            const script = configOf(machine).runcmd.join("\n");
            const { status, stderr } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
            assert.deepEqual([status, stderr], [0, ""]);
        });

        it(`of ${title} lets the lab's k3s find its role, its release and its node`, () => {
            const found = k3sFromCloudConfig(parseUserData(textOf(machine)));
            assert.deepEqual(
                [found?.role, found?.version, found?.nodeName],
                [machine.role, "v1.36.3+k3s1", machine.name],
            );
            assert.deepEqual(found?.labels, machine.labels);
        });

        it(`of ${title} shows its secrets to root only`, () => {
            const open = Object.entries(filesOf(machine)).filter(([, { permissions }]) => permissions !== "0600");
            assert.deepEqual(
                open.filter(([, { content }]) => /passwordOf|key of/.test(content)),
                [],
            );
        });

        it(`of ${title} says the name in full`, () => {
            assert.equal(configOf(machine).fqdn, `${machine.name}.example.home.arpa`);
        });
    }

    it("asks for packages that Debian has, the guest agent and the storage clients among them", () => {
        const { packages, components } = parseUserData(textOf(agent));
        assert.deepEqual(unknownPackages(packages, components), []);
        for (const needed of ["qemu-guest-agent", "open-iscsi", "nfs-common", "cryptsetup", "dmsetup", "curl"]) {
            assert.ok(packages.includes(needed), needed);
        }
    });

    it("has the kernel's modules for Longhorn, now and at each start", () => {
        const { content } = filesOf(agent)["/etc/modules-load.d/homelab.conf"] ?? {};
        assert.equal(content, "iscsi_tcp\ndm_crypt\n");
        assert.match(
            configOf(agent).runcmd.join("\n"),
            /^for module in iscsi_tcp dm_crypt; do modprobe "\$module"; done$/m,
        );
    });

    it("keeps multipathd from Longhorn's disks before k3s is there", () => {
        const { runcmd } = configOf(agent);
        const off = runcmd.findIndex((line) =>
            /^systemctl disable --now multipathd\.service multipathd\.socket\b/.test(line),
        );
        assert.ok(off >= 0 && off < runcmd.findIndex((line) => line.includes("INSTALL_K3S_EXEC")), runcmd.join("\n"));
    });

    it("gives the cluster's keys to the first server only", () => {
        const withKeys = kinds.filter(([, machine]) => textOf(machine).includes("key of"));
        assert.deepEqual(
            withKeys.map(([title]) => title),
            ["the first server"],
        );
        assert.ok(filesOf(servers[0])["/var/lib/rancher/k3s/server/tls/etcd/peer-ca.key"]);
    });

    it("tells an agent nothing that would let it join as a server", () => {
        assert.doesNotMatch(textOf(agent), /passwordOfServers/);
    });

    it("opens the render device only where a GPU is passed through", () => {
        const rule = "/etc/udev/rules.d/70-homelab-render.rules";
        assert.deepEqual([rule in filesOf(agent), rule in filesOf(servers[0])], [true, false]);
    });

    it("opens it by the rule that the documentation tells for nodes of other clusters", () => {
        const { content = "" } = filesOf(agent)["/etc/udev/rules.d/70-homelab-render.rules"] ?? {};
        const page = readFileSync(join(__dirname, "../../../docs/how-to/use-an-existing-cluster.md"), "utf8");
        assert.match(content, /^SUBSYSTEM==.*\n$/);
        assert.ok(page.includes(`  ${content}`));
    });

    it("writes the resolvers for pods that take those of their node, one of each upstream first", () => {
        const { content } = filesOf(agent)["/etc/rancher/k3s/resolv.conf"] ?? {};
        assert.equal(content, "nameserver 1.1.1.1\nnameserver 8.8.8.8\nnameserver 1.0.0.1\n");
    });

    it("has the machine itself ask them, by TLS and whatever the network hands out", () => {
        const { content } = filesOf(agent)["/etc/systemd/resolved.conf.d/homelab.conf"] ?? {};
        assert.equal(
            content,
            "[Resolve]\nDNS=1.1.1.1#cloudflare-dns.com 1.0.0.1#cloudflare-dns.com 8.8.8.8#dns.google 8.8.4.4#dns.google\n" +
                "FallbackDNS=\nDomains=~.\nDNSOverTLS=yes\n",
        );
        assert.match(textOf(agent), /systemctl restart systemd-resolved/);
    });

    it("has it ask them plainly where the house says so", () => {
        const resolvers = { upstreams: [{ name: "dns.google", addresses: ["8.8.8.8"] }], transport: "plain" } as const;
        const text = machineCloudConfig(aCluster({ resolvers }), "https://a:6443", agent, clusterSecrets);
        assert.match(text, /DNS=8\.8\.8\.8\n[^]*DNSOverTLS=no/);
    });

    it("lets the holders of the house's keys in, on every machine, before it waits for anything", () => {
        for (const [title, machine] of kinds) {
            const args = aCluster({ sshAuthorizedKeys: publicKeys });
            const text = machineCloudConfig(args, "https://a:6443", machine, clusterSecrets);
            const { ssh_authorized_keys, ssh_pwauth, bootcmd } = cloudConfigSchema.parse(parse(text));
            assert.deepEqual(ssh_authorized_keys, publicKeys, title);
            assert.equal(ssh_pwauth, false);
            assert.match(bootcmd?.[0] ?? "", /authorized_keys/);
            assert.deepEqual(parseUserData(text).warnings, []);
        }
    });

    it("lets nobody in where the house has no keys, and takes no passwords", () => {
        for (const [, machine] of kinds) {
            assert.doesNotMatch(textOf(machine), /authorized_keys/);
            assert.equal(configOf(machine).ssh_pwauth, false);
        }
    });

    it("keeps the machine's identity when it runs again", () => {
        assert.equal(configOf(agent).ssh_deletekeys, false);
    });

    it("is the same text for the same settings", () => {
        assert.equal(textOf(servers[0]), textOf(servers[0]));
    });

    it("fits into what Proxmox takes, with keys of their real length", () => {
        const bundle = "x".repeat(2_000);
        const tlsFiles = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`${index}.crt`, bundle]));
        const text = machineCloudConfig(aCluster(), "https://a:6443", servers[0], { ...clusterSecrets, tlsFiles });
        assert.ok(text.length < 1_048_576);
    });
});

/** Runs the command that decides on the node's password, in a folder of its own. @returns what k3s would find then, and its mode */
function nodePassword(onDisk: string | undefined): [text: string, mode: string] {
    const root = mkdtempSync(join(tmpdir(), "password-"));
    try {
        const folder = join(root, "etc/rancher/node");
        mkdirSync(folder, { recursive: true });
        for (const [path, { content }] of Object.entries(filesOf(agent)))
            if (path.startsWith("/etc/rancher/node/")) writeFileSync(join(root, path), content);
        if (onDisk !== undefined) writeFileSync(join(folder, "password"), onDisk, { mode: 0o600 });
        const commands = configOf(agent).runcmd;
        const deciding = commands.findIndex((line) => line.includes("/etc/rancher/node/"));
        const installing = commands.findIndex((line) => line.includes("INSTALL_K3S_EXEC"));
        assert.ok(deciding >= 0 && deciding < installing, "k3s would make one up before");
        const script = (commands[deciding] ?? "").replaceAll("/etc/rancher", `${root}/etc/rancher`);
        assert.equal(spawnSync("sh", ["-ec", script]).status, 0);
        const file = join(folder, "password");
        return [readFileSync(file, "utf8"), (statSync(file).mode & 0o777).toString(8)];
    } finally {
        removeFolder(root);
    }
}

describe("a machine whose disk is new", () => {
    it("has the password by which the cluster knows its node, before k3s would make up another", () => {
        assert.deepEqual(nodePassword(undefined), ["passwordOfNode\n", "600"]);
    });

    it("keeps the one that its disk has, which is the one that the cluster knows", () => {
        assert.deepEqual(nodePassword("made up by k3s\n"), ["made up by k3s\n", "600"]);
    });
});
