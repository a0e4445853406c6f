import assert from "node:assert/strict";
import { canaryAnnotations } from "../../../../../components/workload/rollout";
import { InitializationError, type Properties } from "../../../../../lab/providers/kit/provider";
import { parseWaitFor, unmet } from "../../../../../lab/providers/kubernetes/await/wait-for";
import { type ControlPlane, startControlPlane } from "../../../../support/control-plane";
import { eventually } from "../../../../support/eventually";
import { type Made, Rig } from "../rig";

const statefulSet = "kubernetes:apps/v1:StatefulSet";
const pods = "/api/v1/namespaces/default/pods";

/** Two pods of `release`; a canary keeps the first one as it is. */
function inputs(name: string, release: number, changes: { canary?: boolean; annotated?: boolean } = {}): Properties {
    const { canary = false, annotated = canary } = changes;
    const labels = { app: name };
    const containers = [{ name: "main", image: `example/main:${release}` }];
    return {
        metadata: {
            name,
            annotations: canaryAnnotations({ kind: "StatefulSet", replicas: 2, canary: annotated }),
        },
        spec: {
            replicas: 2,
            serviceName: name,
            selector: { matchLabels: labels },
            updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: canary ? 1 : 0 } },
            template: { metadata: { labels }, spec: { containers } },
        },
    };
}

/** The controller is the real one; what a kubelet would report is written by the tests. */
describe("awaiting a StatefulSet", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let rig: Rig;
    before(async () => {
        plane = await startControlPlane(["kube-controller-manager"]);
        rig = await Rig.start({ kubeconfig: plane.kubeconfig });
    });
    after(async () => {
        await plane.stop();
        await rig.close();
    });

    const imageOf = async (name: string): Promise<string | undefined> => {
        const pod = await plane.client.find<{ spec: { containers: { image: string }[] } }>(`${pods}/${name}`);
        return pod?.spec.containers[0]?.image.split(":")[1];
    };
    /** Reports a pod as ready as soon as it is there with this release. */
    const becomesReady = async (name: string, release: number) => {
        await eventually(`${name} is of release ${release}`, async () => (await imageOf(name)) === `${release}`);
        const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: "True" }));
        const body = { status: { phase: "Running", conditions } };
        await plane.client.request("PATCH", `${pods}/${name}/status`, {
            body,
            contentType: "application/merge-patch+json",
        });
    };
    const made = async (name: string, changes = {}): Promise<Made> => {
        const creating = rig.create(statefulSet, inputs(name, 1, changes));
        await becomesReady(`${name}-0`, 1);
        await becomesReady(`${name}-1`, 1);
        return creating;
    };
    const reasonsOf = async (work: Promise<unknown>): Promise<string> => {
        const error = await work.then(
            () => assert.fail("it became ready"),
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof InitializationError, String(error));
        return error.reasons.join("\n");
    };

    it("ends when all pods are of the new revision and ready", async () => {
        const first = await made("rolling");
        const updating = rig.update(first, inputs("rolling", 2));
        await becomesReady("rolling-1", 2);
        await becomesReady("rolling-0", 2);
        const { outputs } = await updating;
        assert.equal((outputs["status"] as Properties)["updatedReplicas"], 2);
    });

    it("never ends by itself with a partition, as with the released provider", async () => {
        const first = await made("parted");
        const updating = reasonsOf(
            rig.update(first, inputs("parted", 2, { canary: true, annotated: false }), { timeoutSeconds: 4 }),
        );
        await becomesReady("parted-1", 2);
        assert.match(await updating, /1 of 2 replicas have been updated/);
    });

    it("ends with a canary's annotation when the last pod is the new one and ready, and not before", async () => {
        const first = await made("canary", { canary: true });
        const changed = inputs("canary", 2, { canary: true });
        assert.match(await reasonsOf(rig.update(first, changed, { timeoutSeconds: 1 })), /was not ready after 1 s/);
        await becomesReady("canary-1", 2);
        const canary = await rig.update(first, changed);
        assert.deepEqual([await imageOf("canary-0"), await imageOf("canary-1")], ["1", "2"]);

        const { urn, type, id, inputs: oldInputs, outputs: oldOutputs } = canary;
        const reading = rig.provider.read({ urn, type, id, oldInputs, oldOutputs }, rig.context(urn));
        assert.match(await reasonsOf(reading), /1 of 2 replicas have been updated/, "a refresh knows no annotation");

        const rest = rig.update(canary, inputs("canary", 2));
        await becomesReady("canary-0", 2);
        await rest;
    });

    it("is not taken for ended with a canary's annotation before its controller has ended the last pod", () => {
        const { "pulumi.com/waitFor": text = "" } = canaryAnnotations({
            kind: "StatefulSet",
            replicas: 2,
            canary: true,
        });
        const status = { replicas: 2, readyReplicas: 2, currentReplicas: 1 };
        assert.equal(unmet(parseWaitFor(text), { status }).length, 1);
        assert.deepEqual(unmet(parseWaitFor(text), { status: { ...status, updatedReplicas: 1 } }), []);
    });

    it("does not replace a pod that never became ready by a corrected one, until it is deleted", async () => {
        const first = await made("wrong");
        assert.match(
            await reasonsOf(rig.update(first, inputs("wrong", 2), { timeoutSeconds: 1 })),
            /was not ready after 1 s: 1 of 2 replicas are ready/,
        );
        const correcting = rig.update(first, inputs("wrong", 3));
        await eventually("the controller has seen it", async () => {
            const path = "/apis/apps/v1/namespaces/default/statefulsets/wrong";
            const { metadata, status } = await plane.client.get<{
                metadata: { generation: number };
                status: { observedGeneration: number };
            }>(path);
            return metadata.generation === 3 && status.observedGeneration === 3;
        });
        assert.equal(await imageOf("wrong-1"), "2");
        await plane.client.request("DELETE", `${pods}/wrong-1`);
        await becomesReady("wrong-1", 3);
        await becomesReady("wrong-0", 3);
        await correcting;
    });
});
