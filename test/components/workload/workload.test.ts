import assert from "node:assert/strict";
import { Workload, type ClaimTemplate, type ExistingClaim, type Scratch } from "../../../components/workload";
import { at, captureGraph, ofType, only } from "../../support/graph";
import { captureController, captureWorkload, exampleArgs, examplePod, one, two } from "../../support/example-workload";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;
const SERVICE = "kubernetes:core/v1:Service";
const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
const selector = {
    "app.kubernetes.io/name": "example",
    "app.kubernetes.io/instance": "example",
    "app.kubernetes.io/component": "web",
};

describe("a workload", () => {
    it("runs without root, without a writable root, without capabilities, with the runtime's seccomp profile", async () => {
        const deployment = await captureController();
        assert.deepEqual(at(deployment, ...POD, "securityContext"), {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            seccompProfile: { type: "RuntimeDefault" },
        });
        assert.deepEqual(at(deployment, ...CONTAINER, "securityContext"), {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
    });

    it("has an account of its own, whose token nobody mounts", async () => {
        const graph = await captureWorkload();
        const account = only(graph, "kubernetes:core/v1:ServiceAccount");
        const deployment = only(graph, "kubernetes:apps/v1:Deployment");
        assert.equal(at(account, "automountServiceAccountToken"), false);
        assert.equal(at(deployment, ...POD, "automountServiceAccountToken"), false);
        assert.equal(at(deployment, ...POD, "serviceAccountName"), "example");
    });

    it("has a memory limit and requests, and no limit of the processor", async () => {
        const resources = at(await captureController(), ...CONTAINER, "resources");
        assert.deepEqual(resources, { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } });
    });

    it("answers three probes where it serves a port", async () => {
        const deployment = await captureController();
        for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            assert.deepEqual(at(deployment, ...CONTAINER, name, "httpGet"), { path: "/", port: "http" });
        }
    });

    it("has one Service, whose selector is its own, component included", async () => {
        const graph = await captureWorkload();
        const service = only(graph, SERVICE);
        assert.deepEqual(at(service, "spec", "selector"), selector);
        assert.deepEqual(at(service, "spec", "ports"), [
            { name: "http", port: 8080, targetPort: "http", protocol: "TCP" },
        ]);
        assert.deepEqual(at(only(graph, "kubernetes:apps/v1:Deployment"), "spec", "selector", "matchLabels"), selector);
    });

    it("has no Service where it serves nothing", async () => {
        const { image, resources } = examplePod.container;
        assert.deepEqual(ofType(await captureWorkload({ container: { image, resources } }), SERVICE), []);
    });

    it("is not told about the namespace's other Services by variables", async () => {
        assert.equal(at(await captureController(), ...POD, "enableServiceLinks"), false);
    });

    it("leaves a node that does not answer after 30 s", async () => {
        const tolerations = at(await captureController(), ...POD, "tolerations") as {
            key: string;
            tolerationSeconds: number;
        }[];
        assert.deepEqual(
            tolerations.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
            [
                ["node.kubernetes.io/not-ready", 30],
                ["node.kubernetes.io/unreachable", 30],
            ],
        );
    });

    it("goes to a node that somebody else runs only where it says so: that node has a taint", async () => {
        const keys = async (joined: boolean) => {
            const controller = await captureController({ requires: { joined } });
            return (at(controller, ...POD, "tolerations") as { key: string; effect: string }[])
                .filter(({ effect }) => effect === "NoSchedule")
                .map(({ key }) => key);
        };
        assert.deepEqual([await keys(false), await keys(true)], [[], ["homelab/joined"]]);
    });

    it("labels every object and pod with the same words", async () => {
        const graph = await captureWorkload({ run: two });
        const labels = { ...selector, "app.kubernetes.io/part-of": "test", "app.kubernetes.io/managed-by": "pulumi" };
        for (const resource of graph.resources.filter(({ custom }) => custom)) {
            assert.deepEqual(at(resource, "metadata", "labels"), labels, resource.urn);
        }
        assert.deepEqual(
            at(only(graph, "kubernetes:apps/v1:Deployment"), "spec", "template", "metadata", "labels"),
            labels,
        );
    });

    it("starts its pods after what it is told to wait for", async () => {
        const graph = await captureGraph(() => {
            const first = new Workload("first", exampleArgs());
            const identity = { name: "second", app: "second", component: "web", partOf: "test" };
            new Workload("second", exampleArgs({ identity, after: [first.controller] }));
        });
        const second = only(graph, "kubernetes:apps/v1:Deployment", "second-deployment");
        assert.ok(second.opts.dependsOn.some((urn) => urn.endsWith("::first-deployment")));
    });
});

describe("two replicas", () => {
    const overHosts = [{ labelSelector: { matchLabels: selector }, topologyKey: "topology.kubernetes.io/zone" }];

    it("are on two hosts, required, by the workload's own selector", async () => {
        const affinity = at(await captureController({ run: two }), ...POD, "affinity", "podAntiAffinity");
        assert.deepEqual(affinity, { requiredDuringSchedulingIgnoredDuringExecution: overHosts });
    });

    it("may be spread evenly instead, where there are more than hosts", async () => {
        const run = { kind: "Deployment", replicas: 5, spread: "evenly" } as const;
        const [constraint] = at(await captureController({ run }), ...POD, "topologySpreadConstraints") as Record<
            string,
            unknown
        >[];
        assert.deepEqual([constraint?.["maxSkew"], constraint?.["whenUnsatisfiable"]], [1, "DoNotSchedule"]);
        // A host with a taint is none without pods.
        assert.equal(constraint?.["nodeTaintsPolicy"], "Honor");
    });

    it("are never both taken away on purpose", async () => {
        assert.deepEqual(at(only(await captureWorkload({ run: two }), BUDGET), "spec"), {
            maxUnavailable: 1,
            selector: { matchLabels: selector },
        });
    });

    it("are updated one after the other, since no third host is free", async () => {
        const strategy = at(await captureController({ run: two }), "spec", "strategy", "rollingUpdate");
        assert.deepEqual(strategy, { maxSurge: 0, maxUnavailable: 1 });
    });

    it("are what spreading and budget are for: one replica has neither", async () => {
        const graph = await captureWorkload({ run: one });
        assert.deepEqual(ofType(graph, BUDGET), []);
        assert.equal(
            at(only(graph, "kubernetes:apps/v1:Deployment"), ...POD, "affinity", "podAntiAffinity"),
            undefined,
        );
    });
});

describe("where a workload may run", () => {
    async function expressions(changes: Parameters<typeof captureController>[0]): Promise<unknown> {
        const affinity = at(await captureController(changes), ...POD, "affinity", "nodeAffinity");
        const terms = affinity as {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: { matchExpressions: unknown }[] };
        };
        return terms.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]?.matchExpressions;
    }
    const known = { key: "topology.kubernetes.io/zone", operator: "Exists" };

    it("is a node whose host is known", async () => {
        assert.deepEqual(await expressions({}), [known]);
    });

    it("is a node with the GPU that it asks for", async () => {
        const gpu = { key: "homelab/gpu", operator: "In", values: ["intel-uhd-630"] };
        assert.deepEqual(await expressions({ requires: { gpu: { models: ["intel-uhd-630"] } } }), [known, gpu]);
    });

    it("is a node with storage clients as soon as a volume of the NAS is mounted", async () => {
        const volume: ExistingClaim = { kind: "claim", name: "library", claimName: "library", needsNfs: true };
        const container = { ...examplePod.container, mounts: [{ volume, path: "/data" }] };
        assert.deepEqual(await expressions({ container }), [
            known,
            { key: "homelab/nfs", operator: "In", values: ["true"] },
        ]);
    });

    it("is a processor that its image exists for", async () => {
        const arch = { key: "kubernetes.io/arch", operator: "In", values: ["amd64"] };
        assert.deepEqual(await expressions({ requires: { architectures: ["amd64"] } }), [known, arch]);
    });
});

describe("a stateful set", () => {
    const data: ClaimTemplate = { kind: "template", name: "data", storageClass: "block", size: "5Gi" };
    const tmp: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "16Mi" };
    const mounts = [
        { volume: data, path: "/data" },
        { volume: tmp, path: "/tmp" },
    ];
    const args = {
        run: { kind: "StatefulSet", replicas: 2, claims: [data] },
        container: { ...examplePod.container, mounts },
    } as const;

    it("has a claim for each pod, kept when pods or the set go", async () => {
        const set = await captureController(args);
        assert.equal(at(set, "spec", "volumeClaimTemplates", 0, "metadata", "name"), "data");
        assert.deepEqual(at(set, "spec", "persistentVolumeClaimRetentionPolicy"), {
            whenDeleted: "Retain",
            whenScaled: "Retain",
        });
        assert.deepEqual(at(set, ...POD, "volumes"), [{ name: "tmp", emptyDir: { sizeLimit: "16Mi" } }]);
    });

    it("starts in order, and names its pods by a headless Service", async () => {
        const graph = await captureWorkload(args);
        const set = only(graph, "kubernetes:apps/v1:StatefulSet");
        assert.deepEqual(
            [at(set, "spec", "podManagementPolicy"), at(set, "spec", "serviceName")],
            ["OrderedReady", "example-pods"],
        );
        const headless = ofType(graph, SERVICE).find((service) => at(service, "spec", "clusterIP") === "None");
        assert.ok(headless);
        assert.equal(at(headless, "metadata", "name"), "example-pods");
    });

    it("is refused when it mounts a claim that it does not declare", async () => {
        await assert.rejects(
            captureWorkload({ ...args, run: { kind: "StatefulSet", replicas: 1 } }),
            /claim template "data" is mounted but not among the claims/,
        );
    });
});

describe("other ways to run", () => {
    it("a daemon set has no tolerations with a time: its pods belong to their node", async () => {
        const set = await captureController({ run: { kind: "DaemonSet" } });
        assert.equal(at(set, ...POD, "tolerations"), undefined);
    });

    it("a job ends after its retries or its time", async () => {
        const job = await captureController({ run: { kind: "Job", retries: 2, deadlineSeconds: 60 } });
        assert.deepEqual([at(job, "spec", "backoffLimit"), at(job, "spec", "activeDeadlineSeconds")], [2, 60]);
        assert.equal(at(job, ...POD, "restartPolicy"), "OnFailure");
    });

    it("a job that failed is replaced by the next update, and waited for until its own deadline ends it", async () => {
        const job = await captureController({ run: { kind: "Job", retries: 2, deadlineSeconds: 1800 } });
        assert.deepEqual(at(job, "metadata", "annotations"), { "pulumi.com/replaceUnready": "true" });
        assert.deepEqual(job.opts.customTimeouts, { create: "1860s", update: "1860s", delete: "" });
        const short = await captureController({ run: { kind: "Job", retries: 0, deadlineSeconds: 60 } });
        assert.equal(short.opts.customTimeouts?.create, "600s");
    });

    it("a cron job never runs twice at once", async () => {
        const run = { kind: "CronJob", schedule: "*/30 * * * *", retries: 1, deadlineSeconds: 60 } as const;
        const job = await captureController({ run });
        assert.deepEqual([at(job, "spec", "concurrencyPolicy"), at(job, "spec", "timeZone")], ["Forbid", "Etc/UTC"]);
    });
});
