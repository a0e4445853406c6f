import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { kubeletFiles, nodeReserves, NODE_SHUTDOWN_SECONDS, type NodeSize } from "../../../infra/k3s/kubelet";
import { removeFolder } from "../../support/scratch-folder";
import { describeWith, testTool } from "../../support/tools";

const roles = ["server", "agent"] as const;
const GIB = 1024;

function files(size: NodeSize) {
    const [dropIn, logind] = kubeletFiles(size);
    assert.ok(dropIn && logind);
    return { dropIn, logind };
}

describe("what a node keeps from its pods", () => {
    it("is what k3s needs, on a machine of the documented size", () => {
        const { kube } = nodeReserves({ role: "server", memoryMiB: 8 * GIB });
        assert.deepEqual(kube, { milliCpu: 500, memoryMiB: 1536 });
        assert.ok(nodeReserves({ role: "agent", memoryMiB: 12 * GIB }).kube.memoryMiB < kube.memoryMiB);
    });

    it("leaves a third of the memory to pods on the smallest machine that the configuration takes, and on any larger", () => {
        const sizes = fc.record({ role: fc.constantFrom(...roles), gib: fc.integer({ min: 1, max: 1024 }) });
        fc.assert(
            fc.property(sizes, ({ role, gib }) => {
                const memoryMiB = (role === "server" ? Math.max(2, gib) : gib) * GIB;
                const { kube, system } = nodeReserves({ role, memoryMiB });
                assert.ok(memoryMiB - kube.memoryMiB - system.memoryMiB >= memoryMiB / 3);
            }),
        );
    });
});

describe("what the kubelet of a node reads", () => {
    const settings = parse(files({ role: "server", memoryMiB: 8 * GIB }).dropIn.content) as {
        kubeReserved: Record<string, string>;
        systemReserved: Record<string, string>;
        evictionHard: Record<string, string>;
        imageGCHighThresholdPercent: number;
        imageGCLowThresholdPercent: number;
    };

    it("keeps processors and memory for k3s and for the system", () => {
        assert.deepEqual(settings.kubeReserved, { cpu: "500m", memory: "1536Mi" });
        assert.deepEqual(settings.systemReserved, { cpu: "100m", memory: "512Mi" });
    });

    it("has pods go before memory, disk or inodes run out, by all five signals: one that is not named is off", () => {
        assert.deepEqual(settings.evictionHard, {
            "memory.available": "200Mi",
            "nodefs.available": "10%",
            "nodefs.inodesFree": "5%",
            "imagefs.available": "10%",
            "imagefs.inodesFree": "5%",
        });
    });

    it("throws images away before pods have to go", () => {
        const free = 100 - settings.imageGCHighThresholdPercent;
        assert.ok(free > Number.parseInt(settings.evictionHard["imagefs.available"] ?? "100", 10), `${free} %`);
        assert.ok(settings.imageGCLowThresholdPercent < settings.imageGCHighThresholdPercent);
    });
});

describe("a node that is shut down", () => {
    const { dropIn, logind } = files({ role: "agent", memoryMiB: 12 * GIB });
    const settings = parse(dropIn.content) as {
        shutdownGracePeriodByPodPriority: { priority: number; shutdownGracePeriodSeconds: number }[];
    };

    it("ends programs before the engines of their volumes, and those before the system", () => {
        const priorities = settings.shutdownGracePeriodByPodPriority.map(({ priority }) => priority);
        assert.deepEqual(priorities, [0, 1_000_000_000, 2_000_000_000]);
    });

    it("is given that time by systemd, and by Proxmox, which waits three minutes", () => {
        const delay = Number(/^InhibitDelayMaxSec=(\d+)$/m.exec(logind.content)?.[1]);
        assert.ok(delay >= NODE_SHUTDOWN_SECONDS && delay < 180, String(delay));
    });
});

/** Starts a real kubelet with the file as its drop-in; it ends for want of a cluster, or before, for what it says. */
function kubeletSays(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), "kubelet-"));
    try {
        const { dropIn } = files({ role: "agent", memoryMiB: GIB });
        mkdirSync(join(folder, "conf.d"));
        writeFileSync(join(folder, "conf.d", basename(dropIn.path)), content);
        const base = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", failCgroupV1: false };
        const authentication = { anonymous: { enabled: false }, webhook: { enabled: false } };
        const main = { ...base, authentication, authorization: { mode: "AlwaysAllow" } };
        writeFileSync(join(folder, "kubelet.yaml"), JSON.stringify(main));
        const args = [
            "--config",
            "kubelet.yaml",
            "--config-dir",
            "conf.d",
            "--kubeconfig",
            "none",
            "--root-dir",
            "root",
        ];
        const { stderr } = spawnSync(testTool("kubelet"), args, { cwd: folder, encoding: "utf8", timeout: 20_000 });
        return /"command failed" err="(.*)"/.exec(stderr)?.[1] ?? stderr;
    } finally {
        removeFolder(folder);
    }
}

describeWith("kubelet", "a real kubelet", function () {
    this.timeout(30_000);
    const { content } = files({ role: "server", memoryMiB: 8 * GIB }).dropIn;

    it("takes the drop-in of our nodes, and then misses its cluster", () => {
        assert.match(kubeletSays(content), /^failed to run Kubelet: .*kubeconfig/);
    });

    it("would say so if its values contradicted each other", () => {
        const wrong = content.replace("imageGCLowThresholdPercent: 65", "imageGCLowThresholdPercent: 85");
        assert.match(kubeletSays(wrong), /imageGCLowThresholdPercent/);
    });
});
