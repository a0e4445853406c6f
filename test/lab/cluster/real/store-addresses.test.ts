import assert from "node:assert/strict";
import { translateStoreAddresses } from "../../../../lab/cluster/real/store-addresses";
import type { KubeObject } from "../../../../lab/kube/client";
import { valueAt } from "../../../../lab/plain-values";
import { installCnpgKinds } from "../../../support/cnpg-kinds";
import { startControlPlane, type ControlPlane } from "../../../support/control-plane";
import { eventually } from "../../../support/eventually";
import { Paths } from "../../../support/kube-objects";

const SLOT = 43;
const LOOPBACK = `http://127.${SLOT}.20.2:5000`;
const LAN = "http://192.168.20.2:5000";
const DEFAULT = "/api/v1/namespaces/default";

interface Container {
    readonly name: string;
    readonly image: string;
    readonly env?: readonly object[];
}
interface Pod extends KubeObject {
    readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
}

describe("the address of the house's server of buckets on real machines", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    before(async () => {
        plane = await startControlPlane();
        await installCnpgKinds(plane.client, new Paths(plane.client));
        await translateStoreAddresses(plane.client, SLOT);
        const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
        await plane.client.apply(`${DEFAULT}/serviceaccounts/default`, account, "test");
    });
    after(() => plane.stop());

    const container = (name: string, env: readonly object[]): Container => ({ name, image: "example/any:1", env });
    const made = (spec: Pod["spec"]) =>
        plane.client.request<Pod>("POST", `${DEFAULT}/pods`, {
            body: { metadata: { name: "one" }, spec },
            query: { dryRun: "All" },
        });

    it("is that of the lab's own network in every variable of a pod, and nothing else of it changes", async () => {
        const secret = { name: "KEY", valueFrom: { secretKeyRef: { name: "s3", key: "key" } } };
        const spec = {
            initContainers: [container("fetch", [secret, { name: "ENDPOINT", value: LOOPBACK }])],
            containers: [
                container("send", [
                    { name: "TARGET", value: "house:bucket" },
                    { name: "ENDPOINT", value: LOOPBACK },
                ]),
                { name: "other", image: "example/any:2" },
            ],
        };
        const pod = await eventually("the policy counts", async () => {
            const answer = await made(spec);
            return JSON.stringify(answer).includes(LOOPBACK) ? undefined : answer;
        });
        const [send, other] = pod.spec.containers;
        assert.deepEqual(pod.spec.initContainers?.[0]?.env, [secret, { name: "ENDPOINT", value: LAN }]);
        assert.deepEqual(send?.env, [
            { name: "TARGET", value: "house:bucket" },
            { name: "ENDPOINT", value: LAN },
        ]);
        assert.equal(other?.image, "example/any:2");
    });

    it("leaves pods alone that do not name it", async () => {
        const env = [{ name: "OTHER", value: "http://127.0.0.1:80" }];
        const pod = await made({ containers: [container("one", env), { name: "two", image: "example/any:2" }] });
        assert.deepEqual(pod.spec.containers[0]?.env, env);
    });

    it("is that of the lab's own network in an archive, and stays so when the program writes it again", async () => {
        const store = {
            ...{ apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore" },
            metadata: { name: "archive", namespace: "default" },
            spec: { configuration: { destinationPath: "s3://bucket", endpointURL: LOOPBACK } },
        };
        const path = await new Paths(plane.client).of(store);
        const apply = () => plane.client.apply(path, store, "test", false);
        const first = await eventually("the kind is known", () => apply().catch(() => undefined));
        assert.equal(valueAt(first, "spec.configuration.endpointURL"), LAN);
        const again = await apply();
        assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
    });
});
