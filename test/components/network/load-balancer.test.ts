import assert from "node:assert/strict";
import { LoadBalancer, metalLbValues, type LoadBalancerArgs } from "../../../components/network";
import type { KubeObject } from "../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { at, captureGraph, only, type Graph } from "../../support/graph";
import { kubeObjects, Paths } from "../../support/kube-objects";
import { installMetalLbKinds } from "../../support/metallb-kinds";

const args: LoadBalancerArgs = { ingress: "192.168.20.240", others: "192.168.20.241-192.168.20.249" };

function build(changes: Partial<LoadBalancerArgs> = {}): Promise<Graph> {
    return captureGraph(() => new LoadBalancer("load-balancer", { ...args, ...changes }));
}

describe("MetalLB", () => {
    it("may use the network of its nodes, and is the only one in its namespace", async () => {
        const labels = at(only(await build(), "kubernetes:core/v1:Namespace"), "metadata", "labels");
        assert.equal((labels as Record<string, string>)["pod-security.kubernetes.io/enforce"], "privileged");
    });

    it("speaks to neighbours only: no router of FRR runs", () => {
        const { frrk8s, speaker } = metalLbValues();
        assert.deepEqual([frrk8s.enabled, speaker.frr.enabled], [false, false]);
    });

    it("refuses no pool because its controller does not answer yet", () => {
        assert.equal(metalLbValues().crds.validationFailurePolicy, "Ignore");
    });

    it("answers on nodes whose host is known", () => {
        assert.match(
            JSON.stringify(metalLbValues().speaker.affinity),
            /\{"key":"topology\.kubernetes\.io\/zone","operator":"Exists"\}/,
        );
    });

    it("makes no pool for others where there is one address", async () => {
        const graph = await build({ others: undefined });
        assert.deepEqual(at(only(graph, "kubernetes:metallb.io/v1beta1:IPAddressPool"), "metadata", "name"), "ingress");
        const announced = at(only(graph, "kubernetes:metallb.io/v1beta1:L2Advertisement"), "spec", "ipAddressPools");
        assert.deepEqual(announced, ["ingress"]);
    });
});

describe("MetalLB's own definitions, in a real API server,", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let paths: Paths;
    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installMetalLbKinds(plane.client, paths);
    });
    after(() => plane.stop());

    async function apply(object: KubeObject): Promise<void> {
        await plane.client.request("PATCH", await paths.of(object), {
            body: object,
            contentType: "application/apply-patch+yaml",
            query: { fieldManager: "test", fieldValidation: "Strict" },
        });
    }

    it("take every pool and announcement, and no field that they do not know", async () => {
        const objects = kubeObjects(await build());
        for (const object of objects) await apply(object);
        const custom = objects.filter(({ apiVersion }) => apiVersion === "metallb.io/v1beta1");
        assert.equal(custom.length, 3);
        const [pool] = custom.filter(({ kind }) => kind === "IPAddressPool");
        assert.ok(pool);
        const spec = { addresses: ["192.168.20.240/32"], autoAsign: false };
        await assert.rejects(apply({ ...pool, spec }), /autoAsign/);
    });
});
