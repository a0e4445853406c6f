import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { KubeClient, KubeUnreachableError, type KubeObject } from "../../../lab/kube/client";
import { endProcesses, isRunning, recordedProcesses } from "../../../lab/process/pid-file";
import { eventually } from "../../support/eventually";
import { openHouse, ready, said, type House, type HouseMachine, type Node } from "./house";
import { programPapers } from "./program";
import { apply, isReady, pathOf, podSpec, podsOf, workload, type Pod } from "./workloads";

/**
 * Times are short, their order is that of a house: grace period, then toleration. Shorter than 10 s a busy machine
 * would lose nodes that are on.
 */
const GRACE_SECONDS = 10;
const TOLERATE = ["not-ready", "unreachable"].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 2,
}));

/** One cluster for all; each sentence builds on those above it. */
describe("the power of simulated machines", function () {
    this.timeout(150_000);
    let house: House;
    let servers: HouseMachine[];
    let agents: HouseMachine[];

    before(async () => {
        house = await openHouse({ nodeGraceSeconds: GRACE_SECONDS });
        servers = ["k3s-server-1", "k3s-server-2", "k3s-server-3"].map((name) => house.machine(name));
        agents = ["k3s-agent-1", "k3s-agent-2"].map((name) => house.machine(name));
        await Promise.all([...servers, ...agents].map((machine) => machine.on()));
        for (const { spec } of [...servers, ...agents]) await ready(house.client, spec.name);
        await eventually("the default ServiceAccount is there", () =>
            house.client.find("/api/v1/namespaces/default/serviceaccounts/default"),
        );
        const spec = podSpec({ tolerations: TOLERATE, affinity: spread("moving") });
        await apply(house.client, workload("Deployment", "moving", 2, spec));
        await apply(house.client, workload("StatefulSet", "staying", 2, { ...spec, affinity: spread("staying") }));
        for (const name of ["moving", "staying"]) await twoReady(name);
        // Last: once those two are spread, the scheduler is known to have heard of both nodes.
        const free = podSpec({ tolerations: TOLERATE, ...evenly("free") });
        await apply(house.client, workload("Deployment", "free", 2, free));
        await twoReady("free");
    });
    after(() => house.stop());

    it("pods that prefer different nodes get them", async () => {
        const nodes = (await podsOf(house.client, "free")).map((pod) => pod.spec.nodeName);
        assert.deepEqual(nodes.sort(), ["k3s-agent-1", "k3s-agent-2"]);
    });

    it("a node whose machine is off is lost after the grace period", async () => {
        await machineOf("k3s-agent-1").off();
        const node = await ready(house.client, "k3s-agent-1", "Unknown");
        const why = node.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
        assert.equal(why, "NodeStatusUnknown");
        assert.equal(machineOf("k3s-agent-1").interfaces(), undefined);
    });

    it("its StatefulSet pod stays Terminating and is not replaced: nobody can say that it has ended", async () => {
        const stuck = await eventually("its pod is Terminating", async () =>
            (await podsOn("staying", "k3s-agent-1")).find((pod) => pod.metadata.deletionTimestamp !== undefined),
        );
        const all = await podsOf(house.client, "staying");
        assert.deepEqual(all.map(({ metadata }) => metadata.name).sort(), ["staying-0", "staying-1"]);
        assert.equal(isReady(stuck), false);
        assert.equal(all.filter(isReady).length, 1);
    });

    it("its Deployment pod is replaced by one that waits for a host, because the spread is required", async () => {
        const replacement = await eventually("a replacement waits", async () => {
            const pods = await podsOf(house.client, "moving");
            return pods.find((pod) => pod.spec.nodeName === undefined);
        });
        assert.equal(replacement.status?.phase, "Pending");
    });

    it("a replacement goes to another machine where nothing keeps it from there", async () => {
        await eventually("two ready pods on the machine that is left", async () => {
            const pods = (await podsOn("free", "k3s-agent-2")).filter(isReady);
            return pods.length === 2 ? true : undefined;
        });
    });

    it("when the machine is on again, its pod is gone for good and comes back by the same name", async () => {
        const stuck = (await podsOn("staying", "k3s-agent-1"))[0];
        await machineOf("k3s-agent-1").on();
        await ready(house.client, "k3s-agent-1");
        const fresh = await eventually("both pods are ready", async () => {
            const pods = (await podsOf(house.client, "staying")).filter(isReady);
            return pods.length === 2 ? pods : undefined;
        });
        const same = fresh.find(({ metadata }) => metadata.name === stuck?.metadata.name);
        assert.notEqual(same?.metadata.uid, stuck?.metadata.uid);
    });

    it("with one of three servers off the API stays", async () => {
        await machineOf("k3s-server-2").off();
        const kept = {
            ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept" } },
            data: { written: "with two servers" },
        };
        // The shared address may have been at that server: for the moment in which it moves, nobody answers there.
        await eventually("the API answers at the shared address", () => apply(house.client, kept));
        await ready(house.client, "k3s-server-2", "Unknown");
    });

    it("with two of three servers off the API is gone, whichever they are", async () => {
        await machineOf("k3s-server-1").off();
        await assert.rejects(house.client.get("/readyz", { timeoutMs: 2_000 }), KubeUnreachableError);
        assert.equal(house.cluster.kubeconfig, undefined);
    });

    it("with two on again it is back with all it held, also where the first one is still off", async () => {
        const second = machineOf("k3s-server-2");
        await second.on();
        await ready(house.client, "k3s-server-2");
        const kept = await house.client.get<KubeObject & { data: Record<string, string> }>(pathOf("ConfigMap", "kept"));
        assert.deepEqual(kept.data, { written: "with two servers" });
        await ready(house.client, "k3s-agent-2");
    });

    it("a machine that waits for the others says for what", async () => {
        await machineOf("k3s-server-3").off();
        await machineOf("k3s-server-2").off();
        const third = machineOf("k3s-server-3");
        const heard = third.console.length;
        await third.on();
        await eventually("it names the quorum", () =>
            third.console.slice(heard).find((line) => /waiting for a quorum of etcd: 1 of 3/.test(line)),
        );
        await machineOf("k3s-server-1").on();
        await ready(house.client, "k3s-server-1");
    });

    it("its processes are found by their pid files, as after a daemon that was killed, and ended", async () => {
        const left = await eventually("four processes run", () => {
            const running = recordedProcesses(house.paths.run).filter(isRunning);
            return running.length === 4 ? running : undefined;
        });
        await endProcesses(left, 1_000);
        assert.deepEqual(left.filter(isRunning), []);
    });

    it("a control plane that died is started again by itself, with its data", async () => {
        const kept = await eventually<KubeObject>("the API is back", () =>
            house.client.find(pathOf("ConfigMap", "kept")),
        );
        assert.equal(kept.metadata.name, "kept");
    });

    it("a restarted daemon needs a majority of the old servers again, and finds the old data", async () => {
        await Promise.all([...servers, ...agents].map((machine) => machine.off()));
        await house.cluster.stop();
        assert.deepEqual(recordedProcesses(house.paths.run), []);
        house.reopen();
        const [first, second] = servers;
        await first?.on();
        await eventually("it waits", () => first?.console.findLast((line) => /1 of 3 servers are on/.test(line)));
        assert.equal(house.cluster.kubeconfig, undefined);
        await second?.on();
        await ready(house.client, "k3s-server-1");
        assert.ok(await house.client.find(pathOf("ConfigMap", "kept")));
    });

    it("deleting all servers deletes the cluster, so that one with new authorities can be made", async () => {
        for (const server of servers) {
            await server.off();
            await house.cluster.bodies.discard?.(server.spec);
        }
        assert.equal(existsSync(house.paths.kubeconfig), false);
        const papers = await programPapers(Number(servers[0]?.spec.interfaces[0]?.address.split(".")[1]));
        assert.notEqual(papers.kubeconfig, house.papers.kubeconfig);
        const rebuilt = house.machine("k3s-server-1", { userData: papers.userData.get("k3s-server-1") });
        await rebuilt.on();
        await said(rebuilt, /node k3s-server-1 registered/);
        const client = KubeClient.fromKubeconfig(papers.kubeconfig);
        try {
            await ready(client, "k3s-server-1");
            assert.equal(await client.find<Node>("/api/v1/nodes/k3s-agent-1"), undefined);
        } finally {
            client.close();
        }
        await assert.rejects(house.client.get("/readyz"), KubeUnreachableError);
    });

    function machineOf(name: string): HouseMachine {
        const found = [...servers, ...agents].find(({ spec }) => spec.name === name);
        if (!found) throw new Error(`${name} is not in this house`);
        return found;
    }

    function twoReady(app: string): Promise<boolean> {
        return eventually(`two ready pods of ${app}`, async () =>
            (await podsOf(house.client, app)).filter(isReady).length === 2 ? true : undefined,
        );
    }

    async function podsOn(app: string, node: string): Promise<Pod[]> {
        return (await podsOf(house.client, app)).filter((pod) => pod.spec.nodeName === node);
    }
});

/** One pod a host, required; only hosts of the house have the label that it spreads over. */
function spread(app: string) {
    const zone = "topology.kubernetes.io/zone";
    return {
        nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: "Exists" }] }],
            },
        },
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { app } }, topologyKey: zone },
            ],
        },
    };
}

/** On nodes of the house only, one a node as long as there are nodes. */
function evenly(app: string) {
    return {
        nodeSelector: { "homelab/nfs": "true" },
        topologySpreadConstraints: [
            {
                ...{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
                labelSelector: { matchLabels: { app } },
            },
        ],
    };
}
