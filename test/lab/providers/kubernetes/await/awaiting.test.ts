import assert from "node:assert/strict";
import { InitializationError, type Properties } from "../../../../../lab/providers/kit/provider";
import { type ControlPlane, startControlPlane } from "../../../../support/control-plane";
import { without } from "../../../../../lab/providers/kubernetes/object";
import { eventually } from "../../../../support/eventually";
import { deployment, deploymentInputs, Rig, service, waitless } from "../rig";

const claims = "kubernetes:core/v1:PersistentVolumeClaim";
const classes = "kubernetes:storage.k8s.io/v1:StorageClass";
const pods = "/api/v1/namespaces/default/pods";
/** Time for a controller, or for a test, to say what is wrong before nobody waits any more; a busy machine needs it. */
const SAID_SECONDS = 8;

/** Scheduler and controllers are real; what a kubelet would report is written by the tests. */
describe("awaiting Kubernetes objects", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let rig: Rig;
    before(async () => {
        plane = await startControlPlane(["kube-controller-manager", "kube-scheduler"]);
        rig = await Rig.start({ kubeconfig: plane.kubeconfig });
        // By then controllers and scheduler have to be at work.
        const probe = await rig.create(deployment, waitless("probe"));
        await eventually("the scheduler has looked at a pod", async () => {
            const list = await plane.client.get<{ items: { status?: { conditions?: unknown[] } }[] }>(pods);
            return list.items.some(({ status }) => status?.conditions !== undefined);
        });
        await rig.delete(probe);
    });
    after(async () => {
        await plane.stop();
        await rig.close();
    });

    const setStatus = (path: string, status: unknown) =>
        plane.client.request("PATCH", `${path}/status`, {
            body: { status },
            contentType: "application/merge-patch+json",
        });
    const selected = async (app: string) => {
        const list = await plane.client.get<{ items: { metadata: { name: string } }[] }>(pods, {
            query: { labelSelector: `app=${app}` },
        });
        return list.items.map((pod) => pod.metadata.name);
    };
    const runs = { phase: "Running", podIP: "10.42.0.9", podIPs: [{ ip: "10.42.0.9" }] };
    const becomesReady = async (name: string) =>
        setStatus(`${pods}/${name}`, {
            ...runs,
            conditions: [
                { type: "Ready", status: "True" },
                { type: "ContainersReady", status: "True" },
            ],
        });
    const reasonsOf = async (work: Promise<unknown>): Promise<string> => {
        const error = await work.then(
            () => assert.fail("it became ready"),
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof InitializationError, String(error));
        return error.reasons.join("\n");
    };

    it("says in the scheduler's words why a Deployment is not ready, and keeps it in the state", async () => {
        const error = await rig.create(deployment, deploymentInputs("stuck"), SAID_SECONDS).then(
            () => assert.fail("it became ready"),
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof InitializationError);
        assert.equal(error.id, "default/stuck");
        assert.equal((error.outputs["spec"] as Properties)["replicas"], 1);
        assert.match(
            error.reasons.join("\n"),
            /Deployment "default\/stuck" was not ready after 8 s: 0 of 1 replicas are available/,
        );
        assert.match(error.reasons.join("\n"), /pod stuck-\S+: Unschedulable: no nodes available to schedule pods/);
        assert.doesNotMatch(error.reasons.join("\n"), /FailedScheduling/, "an event that repeats a condition is noise");
    });

    it("says it again when the object is read", async () => {
        const inputs = { ...(await rig.check(deployment, deploymentInputs("stuck"))).inputs };
        const request = { urn: "u", type: deployment, id: "default/stuck", oldInputs: inputs, oldOutputs: {} };
        assert.match(await reasonsOf(rig.provider.read(request, rig.context("u"))), /no nodes available/);
    });

    it("names the node that is there and why it does not take the pod, and shows the progress meanwhile", async () => {
        await plane.client.request("POST", "/api/v1/nodes", { body: { metadata: { name: "one" } } });
        await setStatus("/api/v1/nodes/one", {
            allocatable: { cpu: "1", memory: "1Gi", pods: "10" },
            capacity: { cpu: "1", memory: "1Gi", pods: "10" },
            conditions: [{ type: "Ready", status: "True" }],
        });
        await eventually("the node has no taints", async () => {
            const node = await plane.client.get("/api/v1/nodes/one");
            return (node["spec"] as { taints?: unknown[] }).taints === undefined ? node : undefined;
        });
        const gpu = { containers: [{ name: "a", image: "b", resources: { limits: { "gpu.intel.com/i915": "1" } } }] };
        const inputs = deploymentInputs("gpu", { pod: { spec: gpu } });
        const reasons = await reasonsOf(rig.create(deployment, inputs, SAID_SECONDS));
        assert.match(reasons, /0\/1 nodes are available: 1 Insufficient gpu\.intel\.com\/i915/);
        assert.ok(rig.logs.some(({ message, ephemeral }) => ephemeral && message === "0 of 1 replicas are available"));
    });

    it("returns as soon as a Deployment's pods are ready", async () => {
        const creating = rig.create(deployment, deploymentInputs("ready"));
        const [name] = await eventually("there is a pod", async () =>
            (await selected("ready")).length > 0 ? selected("ready") : undefined,
        );
        await becomesReady(name ?? "");
        assert.equal(((await creating).outputs["status"] as Properties)["availableReplicas"], 1);
    });

    it("repeats a container's own words", async () => {
        const limited = { name: "main", image: "b", resources: { limits: { memory: "64Mi" } } };
        const pod = { spec: { containers: [limited] } };
        const creating = rig.create(deployment, deploymentInputs("crash", { pod }), SAID_SECONDS);
        const [name] = await eventually("there is a pod", async () =>
            (await selected("crash")).length > 0 ? selected("crash") : undefined,
        );
        const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" };
        const terminated = { exitCode: 137, reason: "OOMKilled" };
        const status = {
            name: "main",
            state: { waiting },
            lastState: { terminated },
            image: "",
            imageID: "",
            ready: false,
            restartCount: 3,
        };
        await setStatus(`${pods}/${name}`, {
            ...runs,
            containerStatuses: [status],
            conditions: [{ type: "Ready", status: "False" }],
        });
        const reasons = await reasonsOf(creating);
        assert.match(reasons, /container main: CrashLoopBackOff: back-off 10s/);
        assert.match(reasons, /container main ended with exit code 137: OOMKilled: its memory limit is 64Mi/);
        assert.doesNotMatch(reasons, /printed last/, "a node without containers has no logs");
    });

    it("does not wait when the object says so", async () => {
        const annotations = { "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": "condition=Never" };
        await rig.create(deployment, deploymentInputs("skipping", { metadata: { annotations } }));
    });

    it("takes its time from customTimeouts, else from the annotation", async () => {
        const metadata = { annotations: { "pulumi.com/timeoutSeconds": "1" } };
        assert.match(
            await reasonsOf(rig.create(deployment, deploymentInputs("annotated", { metadata }))),
            /not ready after 1 s/,
        );
        assert.match(
            await reasonsOf(rig.create(deployment, deploymentInputs("custom", { metadata }), 0.5)),
            /not ready after 0\.5 s/,
        );
    });

    it("waits for what waitFor names, also of a kind that is otherwise not waited for", async () => {
        const annotations = { "pulumi.com/waitFor": "jsonpath={.data.answer}=42" };
        const creating = rig.create("kubernetes:core/v1:ConfigMap", { metadata: { name: "awaited", annotations } });
        const path = "/api/v1/namespaces/default/configmaps/awaited";
        await eventually("the object is there", () => plane.client.find(path));
        await plane.client.request("PATCH", path, {
            body: { data: { answer: "42" } },
            contentType: "application/merge-patch+json",
        });
        assert.deepEqual((await creating).outputs["data"], { answer: "42" });
        const { failures } = await rig.check("kubernetes:core/v1:ConfigMap", {
            metadata: { name: "x", annotations: { "pulumi.com/waitFor": "soon" } },
        });
        assert.deepEqual(
            failures.map(({ property }) => property),
            ['metadata.annotations["pulumi.com/waitFor"]'],
        );
    });

    it("ends when the engine cancels, with the object kept", async () => {
        const abort = new AbortController();
        const cancelled = await Rig.start({ kubeconfig: plane.kubeconfig });
        cancelled.signal = abort.signal;
        const creating = cancelled.create(deployment, deploymentInputs("cancelled"));
        await eventually("there is a pod", async () => (await selected("cancelled")).length > 0);
        abort.abort();
        assert.match(await reasonsOf(creating), /was not ready when the update was cancelled/);
        await cancelled.close();
    });

    it("lets a claim be that binds to its first consumer, and waits for one that should bind at once", async () => {
        const provisioner = "example.com/none";
        await rig.create(classes, {
            metadata: { name: "later" },
            provisioner,
            volumeBindingMode: "WaitForFirstConsumer",
        });
        await rig.create(classes, { metadata: { name: "now" }, provisioner, volumeBindingMode: "Immediate" });
        const claim = (name: string, storageClassName: string) => ({
            metadata: { name },
            spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "1Gi" } } },
        });
        await rig.create(claims, claim("later", "later"));
        assert.match(
            await reasonsOf(rig.create(claims, claim("now", "now"), SAID_SECONDS)),
            /ExternalProvisioning: Waiting for a volume/,
        );
        assert.match(
            await reasonsOf(rig.create(claims, claim("nowhere", "missing"), 1)),
            /its storage class "missing" does not exist/,
        );
    });

    it("does not wait for the pods of a Service that selects none, is headless or an alias", async () => {
        const of = (name: string, spec: Properties) =>
            rig.create(service, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
        await of("lonely", { selector: { app: "nobody" } });
        await of("headless", { clusterIP: "None", selector: { app: "crash" } });
        await of("alias", { type: "ExternalName", externalName: "example.com" });
    });

    it("waits for pods behind a Service that are coming up, and names them", async () => {
        const spec = { selector: { app: "crash" }, ports: [{ port: 80 }] };
        const reasons = await reasonsOf(rig.create(service, { metadata: { name: "unready" }, spec }, 1));
        assert.match(reasons, /targets 1 of 1 pods that are not ready: crash-/);
        await rig.create(service, { metadata: { name: "serving" }, spec: { ...spec, selector: { app: "ready" } } });
    });

    it("waits for the address of a load balancer", async () => {
        const spec = { type: "LoadBalancer", ports: [{ port: 80 }] };
        const creating = rig.create(service, { metadata: { name: "balanced" }, spec });
        const path = "/api/v1/namespaces/default/services/balanced";
        await eventually("the object is there", () => plane.client.find(path));
        await setStatus(path, { loadBalancer: { ingress: [{ ip: "127.0.20.200" }] } });
        const { loadBalancer } = (await creating).outputs["status"] as { loadBalancer: { ingress: { ip: string }[] } };
        assert.equal(loadBalancer.ingress[0]?.ip, "127.0.20.200");
        assert.match(
            await reasonsOf(rig.create(service, { metadata: { name: "waiting" }, spec }, 1)),
            /does its controller run\?/,
        );
    });

    it("fails at once with a Job that failed, in its own words", async () => {
        const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } };
        const creating = rig.create("kubernetes:batch/v1:Job", {
            metadata: { name: "failing" },
            spec: { backoffLimit: 0, template },
        });
        const pod = await eventually("there is a pod", async () => {
            const list = await plane.client.get<{ items: { metadata: { name: string } }[] }>(pods, {
                query: { labelSelector: "job-name=failing" },
            });
            return list.items[0]?.metadata.name;
        });
        await setStatus(`${pods}/${pod}`, { phase: "Failed" });
        assert.match(await reasonsOf(creating), /Job "default\/failing" failed: BackoffLimitExceeded/);
    });

    it("tells why a Job's pod had not started when its time was up, although the pod is gone by then", async () => {
        // No node takes it: from one without a kubelet it would never go.
        const nodeSelector = { nobody: "has-it" };
        const template = { spec: { restartPolicy: "Never", nodeSelector, containers: [{ name: "a", image: "b" }] } };
        const creating = rig.create("kubernetes:batch/v1:Job", {
            metadata: { name: "hanging" },
            spec: { backoffLimit: 0, activeDeadlineSeconds: SAID_SECONDS, template },
        });
        const told = reasonsOf(creating);
        const pod = await eventually("there is a pod", async () => {
            const list = await plane.client.get<{ items: { metadata: { name: string; uid: string } }[] }>(pods, {
                query: { labelSelector: "job-name=hanging" },
            });
            return list.items[0]?.metadata;
        });
        const body = {
            apiVersion: "v1",
            kind: "Event",
            metadata: { name: "hanging-mount", namespace: "default" },
            involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "default", name: pod.name, uid: pod.uid },
            type: "Warning",
            reason: "FailedMount",
            message: "mount.nfs: No route to host for 192.168.30.10:/mnt/pool",
            lastTimestamp: new Date().toISOString(),
        };
        await plane.client.request("POST", "/api/v1/namespaces/default/events", { body });
        const reasons = await told;
        assert.match(reasons, /Job "default\/hanging" failed: DeadlineExceeded/);
        assert.match(reasons, /event of pod hanging-[a-z0-9]{5}: FailedMount: mount\.nfs: No route to host/);
    });

    it("waits for a StatefulSet's and a DaemonSet's pods", async () => {
        const { spec } = deploymentInputs("set");
        const set = rig.create(
            "kubernetes:apps/v1:StatefulSet",
            { metadata: { name: "set" }, spec: { ...(spec as Properties), serviceName: "set" } },
            1,
        );
        assert.match(await reasonsOf(set), /0 of 1 replicas are ready/);
        const daemon = without(deploymentInputs("daemon")["spec"] as Properties, "replicas");
        const made = rig.create("kubernetes:apps/v1:DaemonSet", { metadata: { name: "daemon" }, spec: daemon }, 1);
        assert.match(await reasonsOf(made), /0 of 1 pods are available/);
    });
});
