import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { K3sUpgrades, upgradedLabels } from "../../../components/upgrades";
import { images } from "../../../components/versions";
import type { KubeObject } from "../../../lab/kube/client";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { describeWithGo } from "../../support/go-program";
import { captureGraph } from "../../support/graph";
import { NAMESPACE, startController, upgradeController, type RunningController } from "./running-controller";

const [OLD, NEW] = ["v1.36.2+k3s1", "v1.36.3+k3s1"];
const SERVERS = "plan.upgrade.cattle.io/k3s-servers";
const AGENTS = "plan.upgrade.cattle.io/k3s-agents";
/** The first build takes three minutes of a processor, which may have other work. */
const BUILD_MS = 30 * 60_000;

describeWithGo("the upgrades of k3s, by a real system-upgrade-controller,", function () {
    this.timeout(120_000);
    let plane: ControlPlane | undefined;
    let controller: RunningController | undefined;

    before(async function () {
        this.timeout(BUILD_MS);
        const program = await upgradeController();
        plane = await startControlPlane(["kube-controller-manager"]);
        const server = { "node-role.kubernetes.io/control-plane": "true" };
        await addNode("server-1", { ...server, ...upgradedLabels(NEW).server });
        await addNode("server-2", { ...server, ...upgradedLabels(OLD).server });
        await addNode("server-3", server);
        await addNode("agent-1", upgradedLabels(NEW).agent);
        await addNode("lima", { "homelab/joined": "true" });
        const graph = await captureGraph(
            () =>
                new K3sUpgrades("upgrades", {
                    version: NEW,
                    serversCarryWorkloads: false,
                    hasAgents: true,
                    workloadHosts: 3,
                    apiServers: { kind: "addresses", cidr: "192.168.20.0/24", ports: [6443] },
                }),
        );
        controller = await startController(program, plane, graph);
    });
    after(async () => {
        controller?.stop();
        await plane?.stop();
    });

    const client = () => (plane ?? assert.fail("there is no control plane")).client;
    const said = () => controller?.output() ?? "";
    /** With what the controller said, where that does not come to pass. */
    const soon: typeof eventually = (what, probe) =>
        eventually(what, probe).catch((error: unknown) => {
            throw new Error(`${String(error)}; the controller said\n${said()}`, { cause: error });
        });

    async function addNode(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
        const metadata = { name, labels: { "kubernetes.io/hostname": name, ...labels } };
        await client().request("POST", "/api/v1/nodes", { body: { apiVersion: "v1", kind: "Node", metadata } });
    }

    async function labelsOf(node: string): Promise<Record<string, string>> {
        return (await client().get(`/api/v1/nodes/${node}`)).metadata.labels ?? {};
    }

    /** Names of the nodes that there are jobs for. */
    async function upgrading(): Promise<string[]> {
        const { items } = await client().get<{ items: KubeObject[] }>(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs`);
        return items.map(({ metadata }) => metadata.labels?.["upgrade.cattle.io/node"] ?? "").sort();
    }

    /** Has the one pod of a node's job end well, as a kubelet would say. */
    async function succeed(node: string): Promise<void> {
        const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
        const query = { labelSelector: `upgrade.cattle.io/node=${node}` };
        const pod = await soon(`the job of ${node} has a pod`, async () => {
            return (await client().get<{ items: KubeObject[] }>(pods, { query })).items[0];
        });
        await client().request("PATCH", `${pods}/${pod.metadata.name ?? ""}/status`, {
            body: { status: { phase: "Succeeded" } },
            contentType: "application/merge-patch+json",
        });
    }

    async function statusOf(plan: string) {
        interface Plan {
            readonly status?: {
                readonly latestHash?: string;
                readonly conditions?: readonly { readonly type: string; readonly status: string }[];
            };
        }
        const path = `/apis/upgrade.cattle.io/v1/namespaces/${NAMESPACE}/plans/${plan}`;
        const { status } = await client().get<Plan>(path);
        const isComplete = status?.conditions?.some((one) => one.type === "Complete" && one.status === "True") ?? false;
        return { hash: status?.latestHash, isComplete };
    }

    it("are those of the controller that the house runs", () => {
        const version = /^docker\.io\/rancher\/system-upgrade-controller:(v[\d.]+)/.exec(
            images.systemUpgradeController,
        )?.[1];
        const pinned = readFileSync(join(__dirname, "controller/go.mod"), "utf8");
        assert.ok(pinned.includes(`require github.com/rancher/system-upgrade-controller ${version ?? "?"} `));
    });

    it("know a node of the release by the label with which a new machine joins", async () => {
        for (const [plan, label, labels] of [
            ["k3s-servers", SERVERS, upgradedLabels(NEW).server],
            ["k3s-agents", AGENTS, upgradedLabels(NEW).agent],
        ] as const) {
            const hash = await soon(`${plan} is read`, async () => (await statusOf(plan)).hash);
            assert.deepEqual(labels, { [label]: hash });
        }
    });

    it("begin with one node that has no label or that of another release, and note the release on it at the end", async () => {
        const [first] = await soon("there is a job", async () => {
            const nodes = await upgrading();
            return nodes.length > 0 ? nodes : undefined;
        });
        assert.ok(first === "server-2" || first === "server-3", first);
        assert.deepEqual(await upgrading(), [first]);
        await succeed(first);
        await soon(`${first} has the label of the release`, async () => {
            return (await labelsOf(first))[SERVERS] === upgradedLabels(NEW).server[SERVERS];
        });
    });

    it("go on with the other one, and then are done: no machine that joined with the release was touched", async () => {
        await soon("there is a job for the other one", async () => (await upgrading()).length > 1);
        for (const node of ["server-2", "server-3"]) await succeed(node);
        for (const plan of ["k3s-servers", "k3s-agents"])
            await soon(`${plan} is complete`, async () => (await statusOf(plan)).isComplete);
        assert.deepEqual(await upgrading(), ["server-2", "server-3"]);
        assert.equal((await labelsOf("lima"))[AGENTS], undefined);
    });

    it("need no right that the controller does not have", () => {
        assert.match(said(), /Jobs complete for version/);
        assert.doesNotMatch(said(), /forbidden/i);
    });
});
