import assert from "node:assert/strict";
import { unstartedPods } from "../../../components/workload/rollout";
import type { RunStatefulSet } from "../../../components/workload/run";
import { at } from "../../support/graph";
import { captureController, examplePod, exampleProbes } from "../../support/example-workload";

const run: RunStatefulSet = { kind: "StatefulSet", replicas: 2 };
const identity = { name: "jellyfin", app: "jellyfin", component: "web", partOf: "media" };

describe("how long a stateful set is waited for", () => {
    const wait = async (changes: Parameters<typeof captureController>[0]) =>
        (await captureController({ run, ...changes })).opts.customTimeouts;
    const slow = { ...exampleProbes, startup: { ...exampleProbes.startup, everySeconds: 2, failures: 900 } };
    const container = { ...examplePod.container, serves: { ports: { http: 8080 }, probes: slow } };

    it("is what each pod may take to end, to start and to stay ready, and ten minutes for what is before", async () => {
        assert.deepEqual(await wait({ container, graceSeconds: 60, run: { ...run, minReadySeconds: 3 } }), {
            create: `${600 + 2 * (1800 + 60 + 3)}s`,
            update: `${600 + 2 * (1800 + 60 + 3)}s`,
            delete: "",
        });
        assert.equal((await wait({ container, run: { ...run, replicas: 1 } }))?.update, `${600 + 1800 + 30}s`);
    });

    it("is as long as the slowest of a pod's containers needs", async () => {
        const sidecar = { ...container, name: "slow", serves: { ports: { metrics: 9100 }, probes: slow } };
        assert.equal((await wait({ sidecars: [sidecar] }))?.update, `${600 + 2 * (1800 + 30)}s`);
    });

    it("is never less than the ten minutes of the provider", async () => {
        const { image, resources } = examplePod.container;
        const silent = await wait({ container: { image, resources }, graceSeconds: 0 });
        assert.equal(silent?.create, "600s");
    });
});

describe("a stateful set with a canary", () => {
    const waitFor = async (changes: Partial<RunStatefulSet>) => {
        const set = await captureController({ run: { ...run, ...changes } });
        return {
            partition: at(set, "spec", "updateStrategy", "rollingUpdate", "partition"),
            waitFor: at(set, "metadata", "annotations", "pulumi.com/waitFor"),
        };
    };

    it("is waited for until one pod is new and all are ready: two revisions are never one", async () => {
        assert.deepEqual(await waitFor({ canary: true }), {
            partition: 1,
            waitFor: '["jsonpath={.status.readyReplicas}=2","jsonpath={.status.updatedReplicas}"]',
        });
    });

    it("is waited for as any other where there is none, or one pod only", async () => {
        const usual = { partition: 0, waitFor: undefined };
        assert.deepEqual(await waitFor({}), usual);
        assert.deepEqual(await waitFor({ canary: true, replicas: 1 }), usual);
    });
});

describe("what is said of a stateful set that was given up", () => {
    const said = (errors: readonly string[], changes: Partial<RunStatefulSet> = {}) =>
        unstartedPods({ ...run, ...changes }, identity, "media", errors);
    const released = [
        "the Kubernetes API server reported that \"media/jellyfin\" failed to fully initialize or become live: 'jellyfin' timed out waiting to be Ready",
        "0 out of 2 replicas succeeded readiness checks",
        'StatefulSet controller failed to advance from revision "jellyfin-7" to revision "jellyfin-1845"',
    ];
    const remove = "kubectl --namespace media delete pod jellyfin-1";

    it("names the pod and how it is taken away, by the words of the released provider and of the lab's", () => {
        const pull = "[Pod media/jellyfin-1]: containers with unready status: [jellyfin] -- [ImagePullBackOff]";
        const stuck = said([...released, pull]) ?? "";
        assert.match(stuck, /^media\/jellyfin-1: has not become ready/);
        assert.ok(stuck.endsWith(remove), stuck);
        const lab = 'StatefulSet "media/jellyfin" was not ready after 1 s: 1 of 2 replicas are ready';
        const unscheduled = said([lab, "pod jellyfin-1: Unschedulable: no nodes are available"]) ?? "";
        assert.ok(unscheduled.endsWith(remove), unscheduled);
    });

    it("says how to find the pod where no error names one: neither a revision nor a claim is a pod", () => {
        const unnamed = said([...released, "claim cache-jellyfin-0 is not bound"]) ?? "";
        assert.match(unnamed, /^a pod of media\/jellyfin: /);
        assert.match(unnamed, /delete pod <its name> \(kubectl --namespace media get pods/);
    });

    it("names the last pod of a canary, of which no error says anything", () => {
        const waited =
            'reported that "media/jellyfin" failed to fully initialize or become live: timed out waiting for the condition';
        assert.ok(said([waited], { canary: true })?.endsWith(remove));
    });

    it("is nothing where the API server has refused it", () => {
        const refused =
            "StatefulSet.apps \"jellyfin\" is invalid: spec: Forbidden: updates to fields other than 'replicas' and 'minReadySeconds' are forbidden";
        assert.equal(said([refused]), undefined);
    });
});

describe("the explanation of a failure", () => {
    const explains = async (podManagement: "OrderedReady" | "Parallel") => {
        const { opts } = await captureController({ run: { ...run, podManagement } });
        return opts.errorHooks;
    };

    it("is asked for of pods that wait for each other only: others are replaced whatever they do", async () => {
        assert.deepEqual(await explains("OrderedReady"), ["example-statefulset failed"]);
        assert.deepEqual(await explains("Parallel"), []);
    });
});
