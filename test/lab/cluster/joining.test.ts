import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { KubeUnreachableError } from "../../../lab/kube/client";
import { isRunning, recordedProcesses } from "../../../lab/process/pid-file";
import { eventually } from "../../support/eventually";
import { condition, openHouse, ready, said, type House, type HouseMachine, type Node } from "./house";

/** One cluster for all; each sentence builds on those above it. */
describe("a cluster booted from the program's own cloud-config", function () {
    this.timeout(120_000);
    let house: House;
    let first: HouseMachine;
    let agent: HouseMachine;

    before(async () => {
        house = await openHouse();
        first = house.machine("k3s-server-1");
        agent = house.machine("k3s-agent-1");
        await Promise.all([agent.on(), first.on()]);
    });
    after(() => house.stop());

    it("answers to the kubeconfig that the program made before there was a cluster", async () => {
        await ready(house.client, "k3s-server-1");
        assert.ok(house.cluster.kubeconfig);
    });

    it("has the agent as a ready node although it was switched on before the server", async () => {
        await ready(house.client, "k3s-agent-1");
        assert.match(agent.console.join("\n"), /connection refused/);
    });

    it("gives each node the labels, taints and address that the program planned", async () => {
        const server = await eventually("Kubernetes takes its own taint off", async () => {
            const node = await ready(house.client, "k3s-server-1");
            return node.spec.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready") ? undefined : node;
        });
        const node = await ready(house.client, "k3s-agent-1");
        assert.equal(node.metadata.labels?.["topology.kubernetes.io/zone"], "pve-1");
        assert.equal(node.metadata.labels["homelab/nfs"], "true");
        assert.equal(node.metadata.labels["homelab/gpu"], "intel-uhd-630");
        assert.equal(server.metadata.labels?.["homelab/gpu"], undefined);
        assert.equal(server.metadata.labels?.["node-role.kubernetes.io/control-plane"], "true");
        assert.deepEqual(
            server.spec.taints?.map(({ key, effect }) => `${key}:${effect}`),
            ["node-role.kubernetes.io/control-plane:NoSchedule"],
        );
        assert.ok(!node.spec.taints?.some(({ key }) => key.startsWith("node-role")));
        const address = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
        assert.equal(address, agent.spec.interfaces[0]?.address);
        // Six cores, without what the kubelet's drop-in keeps for k3s and the system.
        assert.equal(node.status?.allocatable?.["cpu"], "5800m");
    });

    it("has the joined arm64 board as a node with the marks that the program gives for it, and no pod on it", async () => {
        const lima = await ready(house.client, "lima");
        assert.equal(lima.metadata.labels?.["kubernetes.io/arch"], "arm64");
        const planned = house.papers.inventory.joined[0];
        const ours = Object.entries(lima.metadata.labels ?? {}).filter(([key]) => key in (planned?.labels ?? {}));
        assert.deepEqual(Object.fromEntries(ours), planned?.labels);
        assert.deepEqual(
            lima.spec.taints?.map(({ key, value = "", effect }) => `${key}=${value}:${effect}`).sort()[0],
            planned?.taints[0],
        );
        const pods = await house.client.get<{ items: { spec: { nodeName?: string } }[] }>("/api/v1/pods");
        assert.deepEqual(
            pods.items.filter(({ spec }) => spec.nodeName === "lima"),
            [],
        );
    });

    it("writes down who changed what and who read a secret, by the policy that the program wrote, and never an object", async () => {
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "kept", namespace: "default" } };
        const path = "/api/v1/namespaces/default/secrets";
        await house.client.request("POST", path, { body: { ...secret, stringData: { password: "hunter2" } } });
        await house.client.get(`${path}/kept`);
        await house.client.get("/api/v1/namespaces/default/configmaps");
        const log = readFileSync(join(house.paths.cluster, "server", "logs", "audit.log"), "utf8");
        const verbsOf = (part: string) =>
            log.split("\n").flatMap((line) => (line.includes(part) ? (/"verb":"(\w+)"/.exec(line)?.[1] ?? []) : []));
        assert.deepEqual(verbsOf(path), ["create", "get"]);
        assert.deepEqual(
            verbsOf("/configmaps").filter((verb) => verb === "list"),
            [],
        );
        assert.doesNotMatch(log, /hunter2|aHVudGVyMg/);
    });

    it("shows a machine's address through its guest agent", () => {
        const card = agent.interfaces()?.find(({ name }) => name === "eth0");
        assert.deepEqual(card?.addresses, [agent.spec.interfaces[0]?.address]);
    });

    it("takes a second server in with the first one's token and authorities", async () => {
        const second = house.machine("k3s-server-2");
        await second.on();
        await ready(house.client, "k3s-server-2");
    });

    it("keeps a machine out whose token is wrong, and says so", async () => {
        const machine = changed("k3s-agent-2", /(::node:)\w+/, "$1guessed");
        await machine.on();
        await said(machine, /not authorized/);
        await absent("k3s-agent-2", machine);
    });

    it("keeps a machine out whose token names another cluster's authority", async () => {
        const machine = changed("k3s-agent-2", /K10[0-9a-f]{64}/, `K10${"0".repeat(64)}`);
        await machine.on();
        await said(machine, /token CA hash does not match the Cluster CA certificate hash/);
        await absent("k3s-agent-2", machine);
    });

    it("keeps an agent's token from joining as a server", async () => {
        const agentToken = /token: (K10\S+::node:\S+)/.exec(agent.spec.userData ?? "")?.[1];
        assert.ok(agentToken);
        const machine = changed("k3s-server-3", /K10\S+::server:\S+/, agentToken);
        await machine.on();
        await said(machine, /not authorized/);
        await absent("k3s-server-3", machine);
    });

    it("keeps a server out whose networks differ from the others', naming the setting", async () => {
        const machine = changed("k3s-server-3", "cluster-cidr: 10.42.0.0/16", "cluster-cidr: 10.44.0.0/16");
        await machine.on();
        await said(machine, /critical configuration value mismatch between servers: cluster-cidr/);
        await absent("k3s-server-3", machine);
    });

    it("knows an agent again whose disk is new, by the password that the program keeps", async () => {
        await agent.off();
        await house.cluster.bodies.discard?.(agent.spec);
        agent = house.machine("k3s-agent-1");
        await agent.on();
        await said(agent, /node k3s-agent-1 registered/);
    });

    it("keeps one out that comes with another password, until its node is deleted", async () => {
        await agent.off();
        await house.cluster.bodies.discard?.(agent.spec);
        agent = changed("k3s-agent-1", /(password\.given\n +content: \|\n +)\w+/, "$1guessed");
        await agent.on();
        await said(agent, /Node password rejected/);
        assert.doesNotMatch(agent.console.join("\n"), /registered/);
        await house.client.request("DELETE", "/api/v1/nodes/k3s-agent-1");
        await said(agent, /node k3s-agent-1 registered/);
    });

    it("applies nothing of a cloud-config that is no YAML, and shows no secret of it", async () => {
        const machine = changed("k3s-agent-2", "hostname:", "hostname: [");
        await machine.on();
        await said(machine, /Failed loading yaml blob: .*line \d+/);
        assert.equal(machine.interfaces(), undefined);
        assert.doesNotMatch(machine.console.join("\n"), /K10/);
        await absent("k3s-agent-2", machine);
    });

    it("does not start k3s with a key that it does not know", async () => {
        const machine = changed("k3s-agent-2", "resolv-conf:", "resolve-conf:");
        await machine.on();
        await said(machine, /flag provided but not defined: -resolve-conf/);
        await absent("k3s-agent-2", machine);
    });

    it("installs no package when one of them does not exist, and then no k3s", async () => {
        const machine = changed("k3s-agent-2", "- nfs-common", "- nfs-comon");
        await machine.on();
        await said(machine, /Unable to locate package nfs-comon/);
        await said(machine, /curl: not found/);
        assert.equal(machine.interfaces(), undefined);
        await absent("k3s-agent-2", machine);
    });

    it("leaves a machine without user-data alone", async () => {
        const machine = house.machine("k3s-agent-2", { userData: undefined });
        await machine.on();
        await said(machine, /no user-data/);
        await absent("k3s-agent-2", machine);
    });

    it("forgets a server that is deleted, lets another have the address that they share, and takes it back", async () => {
        const third = house.machine("k3s-server-3");
        await third.on();
        await ready(house.client, "k3s-server-3");
        await first.off();
        await house.cluster.bodies.discard?.(first.spec);
        await eventually("the address that the servers share is at another one", answers);
        assert.equal(await isOpen(third), true);
        assert.equal(await isOpen(first), false);
        const rebuilt = house.machine("k3s-server-1");
        await rebuilt.on();
        await said(rebuilt, /node k3s-server-1 registered/);
        const nodes = await house.client.get<{ items: Node[] }>("/api/v1/nodes");
        assert.ok(nodes.items.some((node) => node.metadata.name === "k3s-agent-1"));
    });

    it("does not make a second cluster when a rebuilt first server asks nobody", async () => {
        const name = "k3s-server-1";
        const machine = changed(name, /for server in [^;]+; do/, "for nobody in; do");
        await house.cluster.bodies.discard?.(machine.spec);
        await machine.on();
        await said(machine, /cluster-init on an empty disk/);
        assert.equal(condition(await house.client.find<Node>("/api/v1/nodes/k3s-agent-1"), "Ready"), "True");
        await machine.off();
    });

    it("leaves no process and no pid file when it stops", async () => {
        const records = recordedProcesses(house.paths.run);
        assert.deepEqual(records.map(({ name }) => name).sort(), [
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
        ]);
        await house.cluster.stop();
        assert.deepEqual(records.filter(isRunning), []);
        assert.deepEqual(recordedProcesses(house.paths.run), []);
        assert.ok(existsSync(house.paths.cluster));
    });

    /** Whether the address in the program's kubeconfig answers: the one that the servers share. */
    async function answers(): Promise<true | undefined> {
        try {
            await house.client.get("/readyz", { timeoutMs: 2_000 });
            return true;
        } catch (error) {
            if (error instanceof KubeUnreachableError) return undefined;
            throw error;
        }
    }

    /** Whether the API server answers at the machine's own address. */
    function isOpen({ spec }: HouseMachine): Promise<boolean> {
        return new Promise((done) => {
            const socket = connect({ host: spec.interfaces[0]?.address ?? "", port: 6443 });
            socket.on("connect", () => done(true)).on("error", () => done(false));
            socket.on("connect", () => socket.destroy());
        });
    }

    function changed(name: string, from: string | RegExp, to: string): HouseMachine {
        const text = house.papers.userData.get(name) ?? "";
        const userData = text.replace(from, to);
        assert.notEqual(userData, text, `${String(from)} is not in the user-data of ${name}`);
        return house.machine(name, { userData });
    }

    async function absent(name: string, machine: HouseMachine): Promise<void> {
        assert.equal(await house.client.find(`/api/v1/nodes/${name}`), undefined);
        await machine.off();
        await eventually("it is off", () => machine.console.includes("power off") || undefined);
    }
});
