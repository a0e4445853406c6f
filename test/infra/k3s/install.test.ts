import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { machineCloudConfig } from "../../../infra/k3s";
import { installCommands } from "../../../infra/k3s/install";
import type { Machine } from "../../../infra/inventory";
import { aCluster, clusterSecrets, servers } from "../../support/planned";
import { removeFolder } from "../../support/scratch-folder";

const SHARED = "192.168.20.9";
const [first, second, third] = servers;

/** A server with the house as it finds it. */
interface Start {
    readonly machine: Machine;
    /** An address of the house; nobody answers at the others. */
    readonly answering: string;
    /** Pauses of the script until somebody answers at all. Default: 0. */
    readonly pauses?: number;
    /** Whether the disk holds its share of etcd. */
    readonly isMember?: boolean;
}

/** Runs the commands that choose whom to join, in a folder of its own. @returns what k3s would read then beside its configuration */
function joined({ machine, answering, pauses = 0, isMember = false }: Start): string | undefined {
    const root = mkdtempSync(join(tmpdir(), "join-"));
    try {
        const bin = join(root, "bin");
        mkdirSync(bin);
        const program = (name: string, line: string) =>
            writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
        program(
            "curl",
            `[ "$(wc -l <"${root}/pauses")" -ge ${pauses} ] || exit 7; case "$*" in *"${answering}"*) ;; *) exit 7 ;; esac`,
        );
        program("sleep", `echo >>"${root}/pauses"`);
        writeFileSync(join(root, "pauses"), "");
        if (isMember) mkdirSync(join(root, "var/lib/rancher/k3s/server/db/etcd"), { recursive: true });
        const args = aCluster({ virtualAddress: { address: SHARED, image: "kube-vip" } });
        const text = machineCloudConfig(args, `https://${SHARED}:6443`, machine, clusterSecrets);
        const { runcmd } = parse(text) as { runcmd: string[] };
        const script = runcmd
            .filter((line) => line.includes("/cacerts"))
            .join("\n")
            .replaceAll("/var/lib/rancher", `${root}/var/lib/rancher`)
            .replaceAll("/etc/rancher", `${root}/etc/rancher`);
        const env = { PATH: `${bin}:/usr/bin:/bin` };
        const { status, stderr } = spawnSync("sh", ["-c", script], { env, encoding: "utf8", timeout: 10_000 });
        assert.deepEqual([status, stderr], [0, ""]);
        const file = join(root, "etc/rancher/k3s/config.yaml.d/10-rejoin.yaml");
        return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    } finally {
        removeFolder(root);
    }
}

describe("a first server that starts", () => {
    it("makes the cluster when no other server answers", () => {
        assert.equal(joined({ machine: first, answering: "nobody" }), undefined);
    });

    it("joins the server that answers when its own disk is empty", () => {
        assert.deepEqual(parse(joined({ machine: first, answering: third.address }) ?? ""), {
            "cluster-init": false,
            server: `https://${third.address}:6443`,
        });
    });

    it("asks nobody when it has its data", () => {
        assert.equal(joined({ machine: first, answering: third.address, isMember: true }), undefined);
    });
});

describe("a further server that starts", () => {
    it("joins at the address that the servers share, where one has it", () => {
        const { server } = parse(joined({ machine: second, answering: SHARED }) ?? "") as { server: string };
        assert.equal(server, `https://${SHARED}:6443`);
    });

    it("joins any server at its own address where nobody has the shared one, as in a house that grows from one server", () => {
        for (const other of [first, third]) {
            const { server } = parse(joined({ machine: second, answering: other.address }) ?? "") as { server: string };
            assert.equal(server, `https://${other.address}:6443`);
        }
    });

    it("waits until one of them answers", () => {
        const { server } = parse(joined({ machine: third, answering: first.address, pauses: 3 }) ?? "") as {
            server: string;
        };
        assert.equal(server, `https://${first.address}:6443`);
    });

    it("waits for nobody when it has its data", () => {
        assert.equal(joined({ machine: second, answering: "nobody", isMember: true }), undefined);
    });
});

describe("the installation", () => {
    const start = { kind: "join", url: "https://192.168.20.21:6443" } as const;
    const lines = installCommands({ role: "agent", version: "v1.36.3+k3s1", start });

    it("takes script and program of one pinned release", () => {
        assert.match(lines.join("\n"), /k3s-io\/k3s\/v1\.36\.3%2Bk3s1\/install\.sh/);
        assert.match(lines.join("\n"), /INSTALL_K3S_VERSION=v1\.36\.3\+k3s1 INSTALL_K3S_EXEC=agent/);
    });

    it("waits for the server to join", () => {
        assert.match(lines[0] ?? "", /^until curl .*https:\/\/192\.168\.20\.21:6443\/cacerts/);
    });

    it("installs nothing a second time", () => {
        assert.match(
            lines.join("\n"),
            /if k3s --version .* grep -qF "v1\.36\.3\+k3s1"; then systemctl restart k3s-agent; else/,
        );
    });
});
