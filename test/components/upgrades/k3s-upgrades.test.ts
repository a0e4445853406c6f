import assert from "node:assert/strict";
import { K3sUpgrades, type K3sUpgradesArgs } from "../../../components/upgrades";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";

const PLAN = "kubernetes:upgrade.cattle.io/v1:Plan";
const ARGS: K3sUpgradesArgs = {
    version: "v1.36.3+k3s1",
    serversCarryWorkloads: false,
    hasAgents: true,
    workloadHosts: 3,
    apiServers: { kind: "addresses", cidr: "192.168.20.0/24", ports: [6443] },
};

function build(changes: Partial<K3sUpgradesArgs> = {}): Promise<Graph> {
    return captureGraph(() => new K3sUpgrades("upgrades", { ...ARGS, ...changes }));
}

function plan(graph: Graph, name: string): CapturedResource {
    const found = ofType(graph, PLAN).find((resource) => at(resource, "metadata", "name") === name);
    assert.ok(found, `there is no plan ${name}`);
    return found;
}

/** All rights of a role, one to a line. */
function rights(graph: Graph, type: string, name: string): string[] {
    const rules = at(only(graph, type, name), "rules") as { resources: string[]; verbs: string[] }[];
    return rules.flatMap(({ resources, verbs }) => resources.map((resource) => `${resource}: ${verbs.join(" ")}`));
}

describe("upgrades of k3s", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("bring all nodes to one release, whose image has its name without a plus", () => {
        for (const name of ["k3s-servers", "k3s-agents"]) {
            assert.equal(at(plan(graph, name), "spec", "version"), "v1.36.3+k3s1");
            assert.equal(
                at(plan(graph, name), "spec", "upgrade", "image"),
                "docker.io/rancher/k3s-upgrade:v1.36.3-k3s1",
            );
        }
    });

    it("take one server after the other, and leave their pods where they are", () => {
        const spec = at(plan(graph, "k3s-servers"), "spec") as Record<string, unknown>;
        assert.deepEqual([spec["concurrency"], spec["cordon"], spec["drain"]], [1, true, undefined]);
    });

    it("take the agents once the servers are done, one after the other, drained, with time for Longhorn and never by force", () => {
        const spec = at(plan(graph, "k3s-agents"), "spec") as Record<string, unknown>;
        const prepare = { image: "docker.io/rancher/k3s-upgrade:v1.36.3-k3s1", args: ["prepare", "k3s-servers"] };
        assert.deepEqual([spec["concurrency"], spec["prepare"]], [1, prepare]);
        assert.deepEqual(spec["drain"], {
            timeout: "30m",
            deleteEmptydirData: true,
            ignoreDaemonSets: true,
            force: false,
        });
        // The controller's default is 600 s, less than one drain.
        assert.ok(Number(spec["jobActiveDeadlineSecs"]) > 3 * 30 * 60);
    });

    it("leave nodes alone that somebody else runs", () => {
        const selector = at(plan(graph, "k3s-agents"), "spec", "nodeSelector", "matchExpressions");
        assert.deepEqual(selector, [
            { key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist" },
            { key: "homelab/joined", operator: "DoesNotExist" },
        ]);
    });

    it("drain the servers where these carry the programs, and have no plan for agents that are not there", async () => {
        const villa = await build({ serversCarryWorkloads: true, hasAgents: false });
        assert.equal(ofType(villa, PLAN).length, 1);
        const spec = at(plan(villa, "k3s-servers"), "spec") as Record<string, unknown>;
        assert.deepEqual([spec["cordon"], typeof spec["drain"]], [undefined, "object"]);
    });

    for (const [title, changes, names] of [
        ["a server that carries them", { serversCarryWorkloads: true, hasAgents: false }, ["k3s-servers"]],
        ["its agents", {}, ["k3s-servers", "k3s-agents"]],
    ] as const) {
        it(`drain no node where all programs are on one host, on ${title}: they and their volumes could go nowhere`, async () => {
            const cottage = await build({ ...changes, workloadHosts: 1 });
            for (const name of names) {
                const spec = at(plan(cottage, name), "spec") as Record<string, unknown>;
                assert.deepEqual([spec["cordon"], spec["drain"]], [true, undefined], name);
            }
        });
    }

    it("leave the controller where it is while its node is drained", () => {
        const deployment = only(graph, "kubernetes:apps/v1:Deployment");
        const label = at(deployment, "spec", "template", "metadata", "labels", "upgrade.cattle.io/controller");
        assert.equal(label, "system-upgrade-controller");
    });

    it("make no plan before its kind and the controller are there", () => {
        const after = plan(graph, "k3s-servers").opts.dependsOn.map((urn) => urn.split("::").pop());
        for (const name of ["upgrades-plan", "upgrades-jobs", "upgrades-controller-deployment"])
            assert.ok(after.includes(name), name);
    });

    it("give the controller no right over pods, and the jobs none over secrets, roles or other jobs", () => {
        const wide = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";
        const narrow = "kubernetes:rbac.authorization.k8s.io/v1:Role";
        const controller = rights(graph, wide, "upgrades-system-upgrade-controller");
        assert.deepEqual(
            controller.filter((right) => /^(pods|secrets|roles)/.test(right)),
            [],
        );
        const jobs = [wide, narrow].flatMap((type) => rights(graph, type, "upgrades-system-upgrade-jobs"));
        assert.deepEqual(jobs.sort(), [
            "daemonsets: get list",
            "nodes: get list patch",
            "plans: get list",
            "pods/eviction: create",
            "pods: get list delete",
            "replicasets: get list",
            "statefulsets: get list",
        ]);
    });
});
