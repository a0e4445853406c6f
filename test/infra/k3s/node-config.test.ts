import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Machine } from "../../../infra/inventory";
import { clusterUrl, machineCloudConfig } from "../../../infra/k3s";
import { agentConfig } from "../../../infra/k3s/agent-config";
import { joinedConfig } from "../../../infra/k3s/joined-config";
import { clusterDns, serverConfig, type ServerSettings } from "../../../infra/k3s/server-config";
import { virtualAddressManifest } from "../../../infra/k3s/virtual-address";
import { k3sFromCloudConfig } from "../../../lab/cluster/boot/k3s-config";
import { aCluster, agent, clusterSecrets, servers } from "../../support/planned";

const node = { name: "server-1", address: "192.168.20.21", labels: { b: "2", a: "1" }, taints: ["key:NoSchedule"] };

function server(changes: Partial<ServerSettings> = {}) {
    return serverConfig({
        node,
        cluster: {
            podsCidr: "10.42.0.0/16",
            servicesCidr: "10.43.0.0/16",
            apiNames: ["192.168.20.21", "192.168.20.22"],
            serviceLb: true,
        },
        start: { kind: "first" },
        token: "token",
        agentPassword: "password",
        ...changes,
    });
}

/** Settings that k3s refuses to differ between servers (k3s-io/docs: docs/cli/server.md). */
const EQUAL = [
    "agent-token",
    "cluster-cidr",
    "service-cidr",
    "cluster-dns",
    "flannel-backend",
    "secrets-encryption",
    "embedded-registry",
    "disable",
];

describe("the configuration of a server", () => {
    it("makes the cluster on the first one, and joins it on the others", () => {
        const join = server({ start: { kind: "join", url: "https://192.168.20.21:6443" } });
        assert.deepEqual([server()["cluster-init"], server()["server"]], [true, undefined]);
        assert.deepEqual([join["cluster-init"], join["server"]], [undefined, "https://192.168.20.21:6443"]);
    });

    it("is equal on all servers where k3s asks for it", () => {
        const [first, other] = [
            server(),
            server({ start: { kind: "join", url: "https://a:6443" }, node: { ...node, name: "b" } }),
        ];
        assert.deepEqual(
            EQUAL.map((key) => first[key]),
            EQUAL.map((key) => other[key]),
        );
        assert.ok(EQUAL.every((key) => first[key] !== undefined));
    });

    it("names the node, its address, its labels in order, and its taints", () => {
        const { "node-name": name, "node-ip": address, "node-label": labels, "node-taint": taints } = server();
        assert.deepEqual(
            [name, address, labels, taints],
            ["server-1", "192.168.20.21", ["a=1", "b=2"], ["key:NoSchedule"]],
        );
    });

    it("leaves it to the kubelet to give the node labels that others may change, beside those that k3s writes at each start", () => {
        const joinLabels = { "example.org/release": "2", "example.org/plan": "1" };
        const { "node-label": labels, "kubelet-arg": args } = server({ node: { ...node, joinLabels } });
        assert.deepEqual(labels, ["a=1", "b=2"]);
        assert.deepEqual(args, ["node-labels+=example.org/plan=1", "node-labels+=example.org/release=2"]);
        assert.equal(server()["kubelet-arg"], undefined);
    });

    it("encrypts secrets, keeps its own kubeconfig to root, and has no second default storage class", () => {
        assert.deepEqual([server()["secrets-encryption"], server()["write-kubeconfig-mode"]], [true, "0600"]);
        assert.deepEqual(server()["disable"], ["coredns", "local-storage"]);
    });

    it("takes a snapshot of etcd every six hours, and keeps those of five days", () => {
        assert.equal(server()["etcd-snapshot-schedule-cron"], "0 */6 * * *");
        assert.equal(server()["etcd-snapshot-retention"], (5 * 24) / 6);
    });

    it("leaves Services of type LoadBalancer to who announces an address of the house's own", () => {
        const cluster = { podsCidr: "10.42.0.0/16", servicesCidr: "10.43.0.0/16", apiNames: [], serviceLb: false };
        assert.deepEqual(server({ cluster })["disable"], ["coredns", "local-storage", "servicelb"]);
    });

    it("answers under the address of every server", () => {
        assert.deepEqual(server()["tls-san"], ["192.168.20.21", "192.168.20.22"]);
    });

    it("asks the resolvers that we name, not those that a router hands out", () => {
        assert.equal(server()["resolv-conf"], "/etc/rancher/k3s/resolv.conf");
    });

    it("puts the cluster's DNS on the tenth address of the services", () => {
        assert.equal(clusterDns("10.96.0.0/12"), "10.96.0.10");
    });
});

describe("the configuration of an agent", () => {
    const config = agentConfig({
        node: { ...node, taints: [] },
        serverUrl: "https://192.168.20.21:6443",
        token: "token",
    });

    it("has nothing that only a server may be told", () => {
        const keys = ["node-ip", "node-label", "node-name", "resolv-conf", "server", "token"];
        assert.deepEqual(Object.keys(config).sort(), keys);
    });
});

describe("the configuration of a node that somebody else runs", () => {
    const node = {
        name: "lima",
        architecture: "arm64",
        labels: { "topology.kubernetes.io/zone": "lima", "homelab/joined": "true" },
        taints: ["homelab/joined=true:NoSchedule"],
    } as const;
    const content = joinedConfig(node, "https://192.168.20.9:6443", clusterSecrets.agentToken);

    it("is one that the k3s of an agent starts with, as the node that was planned", () => {
        const found = k3sFromCloudConfig({
            ...{ hostname: "lima", packages: [], components: [], warnings: [] },
            files: [{ path: "/etc/rancher/k3s/config.yaml", content, permissions: "0600" }],
            commands: ["curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=v1.36.3+k3s1 INSTALL_K3S_EXEC=agent sh -"],
        });
        assert.deepEqual([found?.role, found?.nodeName, found?.labels], ["agent", "lima", node.labels]);
        assert.deepEqual(found?.taints, [{ key: "homelab/joined", value: "true", effect: "NoSchedule" }]);
    });

    it("has the token of agents and not that of servers, and no path that such a node lacks", () => {
        assert.match(content, /token: K10\w+::node:passwordOfAgents/);
        assert.doesNotMatch(content, /passwordOfServers|resolv-conf|node-ip/);
    });
});

describe("a cluster with a virtual address", () => {
    const virtualAddress = { address: "192.168.20.9", image: "ghcr.io/kube-vip/kube-vip:v1.2.3" };
    const args = aCluster({ virtualAddress });
    const url = clusterUrl(args);
    const textOf = (machine: Machine) => machineCloudConfig(args, url, machine, clusterSecrets);
    const [first, second] = servers;

    it("is reached there by administrators, agents and joining servers, and has it in its certificate", () => {
        assert.equal(url, "https://192.168.20.9:6443");
        for (const machine of [second, agent]) assert.match(textOf(machine), /server: https:\/\/192\.168\.20\.9:6443/);
        assert.match(textOf(first), /tls-san:\n +- 192\.168\.20\.9\n/);
    });

    it("has its first server ask the others at their own addresses before it makes a cluster", () => {
        assert.match(textOf(first), /for server in 192\.168\.20\.22 192\.168\.20\.23; do/);
    });

    it("has kube-vip on the disks of all servers, the same on each, and on no agent", () => {
        const manifest = virtualAddressManifest(virtualAddress);
        const files = (machine: Machine) =>
            (parse(textOf(machine)) as { write_files: { path: string; content: string }[] }).write_files;
        const found = [first, second].map((machine) =>
            files(machine).find(({ path }) => path.endsWith("/kube-vip.yaml")),
        );
        assert.deepEqual(
            found.map((file) => file?.content),
            [manifest, manifest],
        );
        assert.doesNotMatch(textOf(agent), /kube-vip/);
    });

    it("hands it on within seconds, serves nothing else, and opens no port to the network", () => {
        const manifest = virtualAddressManifest(virtualAddress);
        for (const setting of ['vip_leaseduration\n +value: "5"', 'svc_enable\n +value: "false"', "127.0.0.1:2112"])
            assert.match(manifest, new RegExp(setting));
        assert.doesNotMatch(manifest, /health_check_port|ClusterRole/);
    });

    it("is the first server's own where there is no other", () => {
        assert.equal(clusterUrl(aCluster()), "https://192.168.20.21:6443");
    });
});
