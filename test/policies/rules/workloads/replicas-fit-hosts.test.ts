import assert from "node:assert/strict";
import { replicasFitHosts as rule } from "../../../../policies/rules/workloads/replicas-fit-hosts";
import { excuse, judge, machine, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const gpu = { hostpcis: [{ device: "hostpci0", mapping: "igpu-intel" }] };
const asksForGpu = { resources: { limits: { "gpu.intel.com/i915": "1", memory: "4Gi" } } };

describe("replicas-fit-hosts", () => {
    it("accepts as many replicas as hosts", () => {
        assert.deepEqual(judge(rule, workload(), machine("pve-1"), machine("pve-2")), clean);
    });

    it("knows nothing of the hosts where the program makes no machines", () => {
        assert.deepEqual(judge(rule, workload({ replicas: 9 })), clean);
        assert.deepEqual(judge(rule, workload({ replicas: 9 }), machine("pve-1", { tags: ["nas"] })), clean);
    });

    it("does not count replicas that may share a host, nor pods of a DaemonSet", () => {
        assert.deepEqual(judge(rule, workload({ replicas: 9, pod: { affinity: null } }), machine("pve-1")), clean);
        assert.deepEqual(judge(rule, workload({ type: "kubernetes:apps/v1:DaemonSet" }), machine("pve-1")), clean);
    });

    it("counts hosts, not machines", () => {
        assert.deepEqual(judge(rule, workload(), machine("pve-1"), machine("pve-1")).messages, [
            "StatefulSet media/jellyfin spec.replicas: 2 replicas need 2 hosts with machines for workloads, and the house has " +
                "1 (pve-1): the rest stay Pending (replicas-fit-hosts); ask for at most 1, or add a host with such a machine",
        ]);
    });

    it("counts agents only, where there are any: servers take no workloads then", () => {
        const server = machine("pve-2", { tags: ["k3s", "server"] });
        assert.match(judge(rule, workload(), machine("pve-1"), server).messages.join(), /has 1 \(pve-1\)/);
        assert.deepEqual(judge(rule, workload(), server, machine("pve-3", { tags: ["k3s", "server"] })), clean);
    });

    it("counts hosts whose machines have the device that is asked for", () => {
        const pods = workload({ container: asksForGpu });
        assert.deepEqual(judge(rule, pods, machine("pve-1", gpu), machine("pve-2", gpu)), clean);
        assert.match(
            judge(rule, pods, machine("pve-1", gpu), machine("pve-2")).messages.join(),
            /2 hosts with a device for gpu\.intel\.com\/i915, and the house has 1 \(pve-1\)/,
        );
        const one = workload({ replicas: 1, container: asksForGpu });
        assert.match(judge(rule, one, machine("pve-1")).messages.join(), /has 0 \(none\)/);
    });

    it("leaves unknown replicas and hosts unchecked", () => {
        assert.deepEqual(judge(rule, workload({ replicas: unknownText }), machine("pve-1")), {
            messages: [],
            unchecked: ["spec.replicas"],
        });
        const found = judge(rule, workload(), machine("pve-1", { nodeName: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["nodeName"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-replicas-fit-hosts": excuse("the third host comes next week") };
        assert.deepEqual(judge(rule, workload({ annotations }), machine("pve-1")), clean);
    });
});
