import assert from "node:assert/strict";
import { ServiceLb, type LoadBalancerNode, type Service } from "../../../../lab/cluster/controllers/service-lb";
import type { KubeRequest } from "../../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";

interface Facts {
    readonly ready?: "True" | "Unknown";
    readonly taints?: { key: string; effect: string }[];
    readonly labels?: Record<string, string>;
}

const NODES = "/api/v1/nodes";
const SERVICES = "/api/v1/namespaces/default/services";
const MERGE = "application/merge-patch+json";

describe("ServiceLB", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let balancer: ServiceLb;

    before(async () => {
        plane = await startControlPlane();
        balancer = new ServiceLb(plane.client);
        for (const [name, more] of [
            ["door", {}],
            ["other", { loadBalancerClass: "lab.test/other" }],
        ] as const)
            await plane.client.request("POST", SERVICES, {
                body: {
                    ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
                    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...more },
                },
            });
    });
    after(() => plane.stop());

    async function node(name: string, address: string, facts: Facts = {}): Promise<LoadBalancerNode> {
        const { ready = "True", taints = [], labels = {} } = facts;
        const path = `${NODES}/${name}`;
        const body = { apiVersion: "v1", kind: "Node", metadata: { name, labels }, spec: { taints } };
        if (!(await plane.client.find(path))) await plane.client.request("POST", NODES, { body });
        // The API server gives a new node the taint of one that is not ready: nobody here takes it away later.
        await plane.client.request("PATCH", path, { body, contentType: MERGE });
        const status = {
            addresses: [{ type: "InternalIP", address }],
            conditions: [{ type: "Ready", status: ready, lastHeartbeatTime: new Date().toISOString() }],
        };
        return plane.client.request("PATCH", `${path}/status`, { body: { status }, contentType: MERGE });
    }

    async function ingress(name = "door") {
        return (await plane.client.get<Service>(`${SERVICES}/${name}`)).status?.loadBalancer?.ingress;
    }

    const addresses = async () => (await ingress())?.map(({ ip }) => ip);

    it("gives the addresses of ready nodes, answered by kube-proxy, those of tainted servers too", async () => {
        const taints = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
        await node("server", "192.168.20.1", { taints });
        await node("foreign", "192.168.20.9", { taints: [{ key: "house", effect: "NoSchedule" }] });
        await node("slow", "192.168.20.8", { ready: "Unknown" });
        await balancer.nodeChanged(await node("agent", "192.168.20.2"));
        assert.deepEqual(await ingress(), [
            { ip: "192.168.20.1", ipMode: "VIP" },
            { ip: "192.168.20.2", ipMode: "VIP" },
        ]);
    });

    it("keeps a node that is cordoned or drained: pods of a DaemonSet stay there", async () => {
        const taints = [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }];
        await balancer.nodeChanged(await node("agent", "192.168.20.2", { taints }));
        assert.deepEqual(await addresses(), ["192.168.20.1", "192.168.20.2"]);
        await balancer.nodeChanged(await node("agent", "192.168.20.2"));
    });

    it("leaves a Service with a class to its own load balancer", async () => {
        await balancer.serviceChanged(await plane.client.get<Service>(`${SERVICES}/other`));
        assert.equal(await ingress("other"), undefined);
    });

    it("asks nothing at a heartbeat", async () => {
        const { client } = plane;
        const get = client.get.bind(client);
        const asked: string[] = [];
        const heartbeat = await node("agent", "192.168.20.2");
        client.get = <T>(path: string, options?: KubeRequest) => {
            asked.push(path);
            return get<T>(path, options);
        };
        await balancer.nodeChanged(heartbeat);
        client.get = get;
        assert.deepEqual(asked, []);
    });

    it("follows a node that is lost, comes back, moves and is deleted", async () => {
        await balancer.nodeChanged(await node("agent", "192.168.20.2", { ready: "Unknown" }));
        assert.deepEqual(await addresses(), ["192.168.20.1"]);
        const back = await node("agent", "192.168.20.3");
        await balancer.nodeChanged(back);
        assert.deepEqual(await addresses(), ["192.168.20.1", "192.168.20.3"]);
        await plane.client.request("DELETE", `${NODES}/agent`);
        await balancer.nodeDeleted(back);
        assert.deepEqual(await addresses(), ["192.168.20.1"]);
    });

    it("after a restart, the first node that it hears of does not drive the others out", async () => {
        await node("agent", "192.168.20.2");
        const again = new ServiceLb(plane.client);
        await again.nodeChanged(await node("server", "192.168.20.1"));
        assert.deepEqual(await addresses(), ["192.168.20.1", "192.168.20.2"]);
    });

    it("takes only labelled nodes where there are some", async () => {
        const labels = { "svccontroller.k3s.cattle.io/enablelb": "true" };
        await balancer.nodeChanged(await node("agent", "192.168.20.2", { labels }));
        assert.deepEqual(await addresses(), ["192.168.20.2"]);
    });
});
