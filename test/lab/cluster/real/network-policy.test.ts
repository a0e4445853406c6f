import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    NETWORK_POLICY_USER,
    networkPolicyAccess,
    networkPolicyProcess,
    type NetworkPolicyProcess,
} from "../../../../lab/cluster/real/network-policy";
import { eventually } from "../../../support/eventually";
import { testTool } from "../../../support/tools";
import type { TryResult } from "./namespace-agent";
import { MACHINE_ADDRESS, OUTSIDE, PolicyCluster, PORT, type PolicyPod, type Program } from "./policy-cluster";

const MIB = 2 ** 20;
const SERVICE = "10.43.0.80";
const OTHER_PORT = 9090;

type Outcome = TryResult["outcome"];

/** What other programs of the host would notice: rules, sets and settings of its network. */
function hostNetwork(): string {
    const answers = [
        ["nft", "list", "ruleset"],
        ["ipset", "list"],
        ["sysctl", "-a", "--pattern", "^net\\."],
        ["ip", "-o", "link"],
    ];
    return answers
        .map(([command = "", ...args]) => {
            const { stdout, status, error } = spawnSync(command, args, { encoding: "utf8" });
            if (error) throw new Error(`${error.message}: install iptables, ipset and nftables for this test`);
            assert.equal(status, 0, `${command} fails`);
            return `${command}\n${stdout}`.replace(/^.*(conntrack_count|tcp_fastopen_key|netdev_rss_key).*$/gm, "");
        })
        .join("\n");
}

/** Waits until the paths end as they should, all in one look: rules are exchanged at once. */
async function become<Path extends string>(
    paths: Readonly<Record<Path, () => Promise<TryResult>>>,
    expected: Readonly<Partial<Record<NoInfer<Path>, Outcome>>>,
): Promise<void> {
    let seen: Record<string, Outcome> = {};
    const look = async () => {
        const tries = (Object.entries(paths) as [Path, () => Promise<TryResult>][])
            .filter(([name]) => name in expected)
            .map(async ([name, path]) => [name, (await path()).outcome] as const);
        seen = Object.fromEntries(await Promise.all(tries));
        assert.deepEqual(seen, expected);
        return true;
    };
    await eventually(`the paths are ${JSON.stringify(expected)}`, look);
}

function controllerOf(nodeName: string, kubeconfig: string): NetworkPolicyProcess {
    const program = testTool("kube-router");
    return networkPolicyProcess({ program, nodeName, kubeconfig, serviceCidr: "10.43.0.0/16" });
}

describe("network policies on a machine", function () {
    this.timeout(120_000);
    let hostBefore = "";
    let cluster: PolicyCluster;
    let stop: (() => Promise<void>) | undefined;
    let controller: Program;
    let server: PolicyPod;
    let friend: PolicyPod;
    let stranger: PolicyPod;
    let visitor: PolicyPod;
    /** On the other machine. */
    let far: PolicyPod;

    const to =
        (client: PolicyPod, address = server.address, port = PORT) =>
        () =>
            client.network.try(address, port);
    const into = () => ({ friend: to(friend), stranger: to(stranger), visitor: to(visitor), far: to(far) });
    const SERVER = { podSelector: { matchLabels: { app: "server" } } };
    const FRIEND = { podSelector: { matchLabels: { app: "friend" } } };

    before(async function () {
        // Namespaces and packet filters are root's.
        if (process.getuid?.() !== 0) this.skip();
        hostBefore = hostNetwork();
        cluster = await PolicyCluster.start();
        stop = () => cluster.stop();
        for (const object of networkPolicyAccess()) await cluster.createAccess(object);
        await cluster.addNamespace("media");
        await cluster.addNamespace("guests");
        const web = { name: "web", containerPort: PORT };
        [server, friend, stranger, visitor, far] = await Promise.all([
            cluster.addPod({ namespace: "media", name: "server", labels: { app: "server" }, ports: [web] }),
            cluster.addPod({ namespace: "media", name: "friend", labels: { app: "friend" } }),
            cluster.addPod({ namespace: "media", name: "stranger" }),
            cluster.addPod({ namespace: "guests", name: "visitor" }),
            cluster.addPod({ namespace: "guests", name: "far", labels: { app: "friend" }, node: "neighbour" }),
        ]);
        await server.network.serve(OTHER_PORT);
        await cluster.addService("media", "server", SERVICE, server.address);
        // prettier-ignore
        cluster.run(testTool("kube-proxy"), [
            "--kubeconfig", await cluster.kubeconfig(), "--proxy-mode", "nftables", "--hostname-override", "machine",
            "--cluster-cidr", "10.42.0.0/16", "--conntrack-max-per-core", "0", "--conntrack-tcp-timeout-established", "0",
            "--conntrack-tcp-timeout-close-wait", "0",
        ]);
        const { command, args, env } = controllerOf("machine", await cluster.kubeconfig(NETWORK_POLICY_USER));
        controller = cluster.run(command, args, env);
    });

    afterEach(async function () {
        if (this.currentTest?.isFailed() === true) console.error(controller.log());
        await Promise.all([cluster.removePolicies("media"), cluster.removePolicies("guests")]);
        const out = { out: to(friend, OUTSIDE.excepted), back: to(server, friend.address) };
        const open = {
            friend: "open",
            stranger: "open",
            visitor: "open",
            far: "open",
            out: "open",
            back: "open",
        } as const;
        await become({ ...into(), ...out }, open);
    });

    after(async () => {
        await stop?.();
    });

    it("let everyone in where none selects the pod, beside kube-proxy in its nftables mode", async () => {
        await become(
            { ...into(), service: to(visitor, SERVICE) },
            { friend: "open", visitor: "open", far: "open", service: "open" },
        );
    });

    it("refuse at once whom none names", async () => {
        await cluster.addPolicy("media", "friends", { ...SERVER, ingress: [{ from: [FRIEND] }] });
        await become(into(), { friend: "open", stranger: "refused", visitor: "refused", far: "refused" });
        // A machine that has other work may be late with one answer, not with each.
        await eventually("a refusal takes less than 500 ms", async () => (await to(stranger)()).tookMs < 500);
    });

    it("select clients by namespace and labels, on whatever machine they run", async () => {
        const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "guests" } };
        await cluster.addPolicy("media", "guests", {
            ...SERVER,
            ingress: [{ from: [{ namespaceSelector, ...FRIEND }] }],
        });
        await become(into(), { far: "open", visitor: "refused", friend: "refused", stranger: "refused" });
    });

    it("let a node reach its own pods, as probes do, but not another node", async () => {
        await cluster.addPolicy("media", "nobody", { ...SERVER, policyTypes: ["Ingress", "Egress"] });
        const nodes = {
            own: () => cluster.machine.try(server.address, PORT),
            other: () => cluster.neighbour.try(server.address, PORT),
        };
        await become({ ...into(), ...nodes }, { friend: "refused", own: "open", other: "refused" });
    });

    it("judge a connection to a Service by the pod that it is led to", async () => {
        await cluster.addPolicy("media", "friends", { ...SERVER, ingress: [{ from: [FRIEND] }] });
        const through = { friend: to(friend, SERVICE), visitor: to(visitor, SERVICE) };
        await become(through, { friend: "open", visitor: "refused" });
        assert.equal((await through.friend()).seenAs, friend.address);
        await cluster.addPolicy("guests", "out", { podSelector: {}, policyTypes: ["Egress"], egress: [] });
        await cluster.addPolicy("media", "out", { ...FRIEND, policyTypes: ["Egress"], egress: [{ to: [SERVER] }] });
        await become({ ...through, outside: to(friend, OUTSIDE.allowed) }, { friend: "open", outside: "refused" });
    });

    it("know ports by their numbers and by the names that pods give them", async () => {
        const both = { named: to(friend), other: to(friend, server.address, OTHER_PORT) };
        await cluster.addPolicy("media", "web", { ...SERVER, ingress: [{ from: [FRIEND], ports: [{ port: "web" }] }] });
        await become(both, { named: "open", other: "refused" });
        await cluster.removePolicies("media");
        await cluster.addPolicy("media", "other", { ...SERVER, ingress: [{ ports: [{ port: OTHER_PORT }] }] });
        await become(both, { named: "refused", other: "open" });
    });

    it("tell UDP from TCP", async () => {
        await cluster.addPolicy("media", "udp", { ...SERVER, ingress: [{ ports: [{ protocol: "UDP", port: PORT }] }] });
        const udp = () => friend.network.try(server.address, PORT, "udp");
        await become({ udp, tcp: to(friend) }, { udp: "open", tcp: "refused" });
        await cluster.removePolicies("media");
        await cluster.addPolicy("media", "tcp", { ...SERVER, ingress: [{ ports: [{ protocol: "TCP", port: PORT }] }] });
        await become({ udp, tcp: to(friend) }, { udp: "refused", tcp: "open" });
    });

    it("keep addresses out of a block that they were taken from", async () => {
        const ipBlock = { cidr: "192.168.50.0/24", except: [`${OUTSIDE.excepted}/32`] };
        await cluster.addPolicy("media", "out", {
            ...FRIEND,
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock }] }],
        });
        const out = { allowed: to(friend, OUTSIDE.allowed), excepted: to(friend, OUTSIDE.excepted), pod: to(friend) };
        await become(out, { allowed: "open", excepted: "refused", pod: "refused" });
        const stays = { other: to(stranger, OUTSIDE.excepted), in: to(stranger, friend.address) };
        await become(stays, { other: "open", in: "open" });
    });

    it("let answers out of a pod that may open no connection", async () => {
        await cluster.addPolicy("media", "silence", { ...SERVER, policyTypes: ["Egress"], egress: [] });
        const out = {
            pod: to(server, friend.address),
            node: to(server, MACHINE_ADDRESS),
            outside: to(server, OUTSIDE.allowed),
        };
        await become(
            { ...into(), ...out },
            { pod: "refused", node: "refused", outside: "refused", friend: "open", far: "open" },
        );
    });

    it("follow pods that get other labels", async () => {
        await cluster.addPolicy("media", "friends", { ...SERVER, ingress: [{ from: [FRIEND] }] });
        await become(into(), { friend: "open", stranger: "refused" });
        await cluster.relabel(stranger, { app: "friend" });
        await cluster.relabel(friend, { app: "enemy" });
        await become(into(), { friend: "refused", stranger: "open" });
        await cluster.relabel(stranger, { app: null });
        await cluster.relabel(friend, { app: "friend" });
    });

    it("hold for a pod that is born after them", async () => {
        await cluster.addPolicy("media", "young", { podSelector: { matchLabels: { app: "young" } }, ingress: [] });
        const young = await cluster.addPod({ namespace: "media", name: "young", labels: { app: "young" } });
        await become({ young: to(friend, young.address), ...into() }, { young: "refused", friend: "open" });
    });

    it("have a program that ends where its node is not there", async () => {
        const { command, args, env } = controllerOf("nobody", await cluster.kubeconfig(NETWORK_POLICY_USER));
        const lost = cluster.run(command, args, env);
        // 1, or 2 where one of its threads comes upon what the end has closed.
        assert.notEqual(await eventually("it ends", () => lost.exitCode()), 0);
    });

    it("cost less memory than a machine can give", async () => {
        const bytes = await controller.memoryBytes();
        assert.ok(bytes > MIB && bytes < 80 * MIB, `kube-router takes ${Math.round(bytes / MIB)} MiB`);
    });

    it("change nothing in the network of the host", () => {
        assert.equal(hostNetwork(), hostBefore);
    });
});
