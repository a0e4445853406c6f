import assert from "node:assert/strict";
import { translatePoolAddresses } from "../../../../lab/cluster/real/pool-addresses";
import type { KubeObject } from "../../../../lab/kube/client";
import { valueAt } from "../../../../lab/plain-values";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { Paths } from "../../../support/kube-objects";
import { installMetalLbKinds } from "../../../support/metallb-kinds";

const SLOT = 43;
const WANTED = "metallb.io/loadBalancerIPs";

describe("the addresses of pools on real machines", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let paths: Paths;
    const apply = async (object: KubeObject) => plane.client.apply(await paths.of(object), object, "test", false);

    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installMetalLbKinds(plane.client, paths);
        await translatePoolAddresses(plane.client, SLOT);
    });
    after(() => plane.stop());

    const pool = (addresses: readonly string[]) => ({
        ...{ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name: "ingress" } },
        spec: { addresses },
    });
    const service = (name: string, annotations: Record<string, string>) => ({
        ...{ apiVersion: "v1", kind: "Service", metadata: { name, annotations } },
        spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    });

    it("are those of the lab's own network, whatever way they are written", async () => {
        const ranges = [`127.${SLOT}.20.240/32`, `127.${SLOT}.20.241-127.${SLOT}.20.249`, "10.1.2.3/32"];
        // The API server looks for new kinds every 5 seconds, and refuses theirs until then.
        const made = await eventually("the kind is known", () => apply(pool(ranges)));
        assert.deepEqual(valueAt(made, "spec.addresses"), [
            ...["192.168.20.240/32", "192.168.20.241-192.168.20.249", "10.1.2.3/32"],
        ]);
    });

    it("stay so when the program writes the same again, which changes nothing", async () => {
        const first = await apply(pool([`127.${SLOT}.20.240/32`]));
        const again = await apply(pool([`127.${SLOT}.20.240/32`]));
        assert.deepEqual(valueAt(again, "spec.addresses"), ["192.168.20.240/32"]);
        assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it("are what a Service asks for, and nothing else of a Service changes", async () => {
        const asking = await apply(service("asking", { [WANTED]: `127.${SLOT}.20.240`, other: `127.${SLOT}.1.1` }));
        assert.deepEqual(asking.metadata.annotations, { [WANTED]: "192.168.20.240", other: `127.${SLOT}.1.1` });
        const silent = await apply(service("silent", {}));
        assert.equal(silent.metadata.annotations, undefined);
    });
});
