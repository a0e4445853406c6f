import assert from "node:assert/strict";
import { metalLb } from "../../../../lab/charts/metallb";
import { MetalLb } from "../../../../lab/cluster/controllers/metallb";
import type { Service } from "../../../../lab/cluster/controllers/service-lb";
import type { KubeObject } from "../../../../lab/kube/client";
import { pause } from "../../../../lab/pause";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { Paths } from "../../../support/kube-objects";
import { ensureOperatorManifests } from "../../../support/operator-manifests";

const SERVICES = "/api/v1/namespaces/default/services";
const CONTROLLER = "/apis/apps/v1/namespaces/default/deployments/metallb-controller";
const MERGE = "application/merge-patch+json";

describe("MetalLB in the lab", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    const stopped = new AbortController();
    const lines: string[] = [];

    before(async () => {
        await ensureOperatorManifests();
        plane = await startControlPlane();
        const { client } = plane;
        const paths = new Paths(client);
        const apply = async (object: KubeObject) => client.apply(await paths.of(object), object, "test");
        void new MetalLb({ client, signal: stopped.signal, log: (line) => lines.push(line) }).run();
        const { crds, objects } = metalLb.render({ name: "metallb", namespace: "default", values: {} });
        for (const object of [...crds, ...objects]) await apply(object);
        await eventually("its kinds are served", () => client.find("/apis/metallb.io/v1beta1"));
        const pool = (name: string, spec: object) =>
            apply({ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name }, spec });
        await pool("ingress", { addresses: ["192.168.20.240/32"], autoAssign: false });
        await pool("others", { addresses: ["192.168.20.241-192.168.20.242"] });
    });
    after(async () => {
        stopped.abort();
        await plane.stop();
    });

    async function service(name: string, more: object = {}, annotations: Record<string, string> = {}): Promise<void> {
        await plane.client.request("POST", SERVICES, {
            body: {
                ...{ apiVersion: "v1", kind: "Service", metadata: { name, annotations } },
                spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...more },
            },
        });
    }

    async function address(name: string): Promise<string | undefined> {
        const { status } = await plane.client.get<Service>(`${SERVICES}/${name}`);
        return status?.loadBalancer?.ingress?.map(({ ip }) => ip).join();
    }

    async function ready(replicas: number): Promise<void> {
        const status = { replicas, readyReplicas: replicas };
        await plane.client.request("PATCH", `${CONTROLLER}/status`, { body: { status }, contentType: MERGE });
    }

    const gets = (name: string, expected: string) =>
        eventually(`${name} has ${expected}`, async () => {
            assert.equal(await address(name), expected);
            return true;
        });

    it("gives nothing while its controller is not ready", async () => {
        await service("first");
        await new Promise((done) => setTimeout(done, 1_500));
        assert.equal(await address("first"), undefined);
    });

    it("gives an address of a pool that is open to all as soon as it is", async () => {
        await ready(1);
        await gets("first", "192.168.20.241");
    });

    it("makes the key of the speakers, which goes with the controller", async () => {
        const path = "/api/v1/namespaces/default/secrets/metallb-memberlist";
        const secret: KubeObject = await eventually("the key is there", () => plane.client.find(path));
        assert.deepEqual(Object.keys(secret["data"] ?? {}), ["secretkey"]);
        assert.deepEqual(
            secret.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`),
            ["Deployment metallb-controller"],
        );
    });

    it("gives the address that is asked for, also of a pool that is closed to others", async () => {
        await service("traefik", {}, { "metallb.io/loadBalancerIPs": "192.168.20.240" });
        await gets("traefik", "192.168.20.240");
    });

    it("gives none twice, says so when there is none left, and takes no Service of another's class", async () => {
        await service("other", { loadBalancerClass: "lab.test/other" });
        await service("second");
        await gets("second", "192.168.20.242");
        await service("third");
        await eventually("it says so", () => lines.includes("metallb: no address for third"));
        assert.deepEqual([await address("third"), await address("other")], [undefined, undefined]);
    });

    it("leaves Services their addresses, and gives no new ones, when its controller goes", async () => {
        await ready(0);
        // A look that began before may still give what it finds free.
        await pause(1_000);
        await plane.client.request("DELETE", `${SERVICES}/second`);
        await new Promise((done) => setTimeout(done, 1_500));
        assert.deepEqual([await address("first"), await address("third")], ["192.168.20.241", undefined]);
        await ready(1);
        await gets("third", "192.168.20.242");
    });
});
