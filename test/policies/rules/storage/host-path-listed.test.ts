import assert from "node:assert/strict";
import { hostPathListed as rule } from "../../../../policies/rules/storage/host-path-listed";
import { excuse, fact, judge, webContainer, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function mounted(path: unknown, readOnly?: boolean) {
    const volumeMounts = [{ name: "node", mountPath: "/node", readOnly }];
    const volumes = [
        { name: "data", emptyDir: {} },
        { name: "node", hostPath: { path, type: "" } },
    ];
    return workload({ pod: { volumes, containers: [{ ...webContainer, volumeMounts }] } });
}

describe("host-path-listed", () => {
    it("accepts a pod without paths of its node, and a read-only one of the list", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        assert.deepEqual(judge(rule, mounted("/etc/localtime", true)), clean);
        assert.deepEqual(judge(rule, mounted("/lib/modules/", true)), clean);
    });

    it("accepts a device that is written to", () => {
        assert.deepEqual(judge(rule, mounted("/dev/ttyUSB0")), clean);
        assert.deepEqual(judge(rule, mounted("/dev/serial/by-id/stick")), clean);
    });

    it("refuses a listed path that the pod may change", () => {
        assert.deepEqual(judge(rule, mounted("/etc/localtime")).messages, [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].volumeMounts[0].readOnly: is not true, so the pod may " +
                "change /etc/localtime for its whole node (host-path-listed); write true",
        ]);
    });

    for (const path of [
        "/var/run/docker.sock",
        "/run/k3s/containerd/containerd.sock",
        "/etc/../run",
        "/mnt/crio.sock",
    ]) {
        it(`refuses ${path}, the way to the runtime`, () => {
            assert.match(judge(rule, mounted(path, true)).messages.join(), /path: \S+ leads to the container runtime/);
        });
    }

    for (const path of ["/", "/srv/media", "/etc", "/dev/dri", "/dev/sda", "/etc/localtime/../shadow"]) {
        it(`refuses ${path}, which is one node's`, () => {
            assert.match(judge(rule, mounted(path, true)).messages.join(), /volumes\[1\]\.hostPath\.path: .* one node/);
        });
    }

    it("refuses a volume object that is a path of a node", () => {
        const spec = { hostPath: { path: "/srv/media" } };
        const volume = fact("kubernetes:core/v1:PersistentVolume", { metadata: { name: "media" }, spec });
        assert.match(judge(rule, volume).messages.join(), /^PersistentVolume media spec\.hostPath\.path: \/srv\/media/);
    });

    it("leaves an unknown path unchecked", () => {
        const unchecked = ["spec.template.spec.volumes.1.hostPath.path"];
        assert.deepEqual(judge(rule, mounted(unknownText)), { messages: [], unchecked });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-host-path-listed": excuse("reads the node's journal") };
        const volumes = [{ name: "log", hostPath: { path: "/var/log" } }];
        assert.deepEqual(judge(rule, workload({ annotations, pod: { volumes } })), clean);
    });

    it("does not apply to claims", () => {
        assert.equal(rule.applies("kubernetes:core/v1:PersistentVolumeClaim"), false);
    });
});
