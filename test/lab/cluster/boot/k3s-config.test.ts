import assert from "node:assert/strict";
import { K3S_CONFIG_PATH, K3sFatalError, k3sFromCloudConfig } from "../../../../lab/cluster/boot/k3s-config";
import { reservedOf } from "../../../../lab/cluster/boot/k3s-files";
import type { CloudConfig } from "../../../../lab/cluster/boot/user-data";

const INSTALL = "curl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=v1.36.3+k3s1";

function machine(config: string, install = `${INSTALL} sh -s - server`, permissions = "0600"): CloudConfig {
    const files = [{ path: K3S_CONFIG_PATH, content: config, permissions }];
    return { hostname: "a", packages: [], components: [], files, commands: ["ls", install], warnings: [] };
}

function k3s(config: string, install?: string) {
    const found = k3sFromCloudConfig(machine(config, install));
    assert.ok(found);
    return found;
}

function fatal(config: string, install?: string, permissions?: string): string {
    try {
        k3sFromCloudConfig(machine(config, install, permissions));
    } catch (error) {
        assert.ok(error instanceof K3sFatalError);
        return error.message;
    }
    return assert.fail("k3s started");
}

describe("k3s on a booting machine", () => {
    it("is not there when no command installs it", () => {
        assert.equal(k3sFromCloudConfig({ ...machine(""), commands: ["echo k3s"] }), undefined);
    });

    it("is of the version that the installer is told, quoted or not", () => {
        assert.equal(k3s("").version, "v1.36.3+k3s1");
        assert.equal(k3s("", 'INSTALL_K3S_VERSION="v1.35.0+k3s2" sh install.sh').version, "v1.35.0+k3s2");
    });

    it("is not installed without a version: it would be another one every month", () => {
        assert.match(fatal("", "curl -sfL https://get.k3s.io | sh -"), /INSTALL_K3S_VERSION is not set/);
    });

    for (const [install, values, role] of [
        [`${INSTALL} sh -s - agent`, "", "agent"],
        [`${INSTALL} sh -s - server`, "server: https://10.0.0.1:6443", "server"],
        [`${INSTALL} INSTALL_K3S_EXEC=agent sh install.sh`, "", "agent"],
        [`${INSTALL} INSTALL_K3S_EXEC="server --debug" sh install.sh`, "server: https://10.0.0.1:6443", "server"],
        [`${INSTALL} K3S_URL=https://10.0.0.1:6443 sh -`, "", "agent"],
        [`${INSTALL} sh -`, "server: https://10.0.0.1:6443", "agent"],
        [`${INSTALL} sh -`, "cluster-init: true", "server"],
        [`${INSTALL} sh -`, "", "server"],
    ] as const)
        it(`is ${role === "agent" ? "an agent" : "a server"} by "${install.slice(INSTALL.length + 1)}" and "${values}"`, () => {
            assert.equal(k3s(values, install).role, role);
        });

    it("does not start with a key that it does not know, and names it", () => {
        assert.match(fatal("cluster-innit: true"), /flag provided but not defined: -cluster-innit/);
    });

    it("does not start as an agent with a server's key", () => {
        assert.match(fatal("tls-san: [a]", `${INSTALL} sh -s - agent`), /not defined: -tls-san/);
    });

    it("knows a key with a plus, which adds to a list", () => {
        assert.deepEqual(k3s("tls-san+: [a]").tlsSans, []);
    });

    it("does not start with a configuration that is no YAML, or no mapping", () => {
        assert.match(fatal("token: [a"), /level=fatal msg="yaml: .*line \d/);
        assert.match(fatal("- token"), /the top is not a mapping/);
        assert.doesNotMatch(fatal("token: [hunter2"), /hunter2/);
    });

    it("does not start when others can read the token", () => {
        assert.match(fatal("token: a", undefined, "0644"), /mode 0644.*write it with 0600/);
        assert.match(fatal("token: a", undefined, "384"), /mode 384/);
        assert.equal(k3sFromCloudConfig(machine("debug: true", undefined, "0644"))?.token, undefined);
    });

    it("does not start with a token that looks like a full one and is none", () => {
        assert.match(fatal("token: K10abc"), /level=fatal msg="failed to normalize token/);
        assert.match(fatal("token: a\nagent-token: 'K10::node:b'"), /failed to normalize token/);
    });

    it("labels and taints its node as told", () => {
        const { labels, taints } = k3s(
            ["node-label: [a/b=c, d=, 'e=f=g']", "node-taint: ['k=v:NoSchedule', 'x:NoExecute']"].join("\n"),
        );
        assert.deepEqual(labels, { "a/b": "c", d: "", e: "f=g" });
        assert.deepEqual(taints, [
            { key: "k", value: "v", effect: "NoSchedule" },
            { key: "x", effect: "NoExecute" },
        ]);
    });

    it("labels its node as the kubelet is told, too", () => {
        const { labels } = k3s(
            "node-label: [a=b]\nkubelet-arg: [max-pods=50, node-labels+=c=d, '--node-labels+=e=f,g=h']",
        );
        assert.deepEqual(labels, { a: "b", c: "d", e: "f", g: "h" });
    });

    it("does not start with a label without a value or a taint without an effect", () => {
        assert.match(fatal("node-label: [a]"), /invalid node-label a: expected key=value/);
        assert.match(fatal("node-taint: ['k=v']"), /invalid node-taint k=v/);
        assert.match(fatal("node-taint: ['k=v:Never']"), /invalid node-taint k=v:Never/);
    });

    it("takes k3s' own networks where it is told none", () => {
        const { clusterCidr, serviceCidr, clusterDns } = k3s("");
        assert.deepEqual([clusterCidr, serviceCidr, clusterDns], ["10.42.0.0/16", "10.43.0.0/16", "10.43.0.10"]);
    });

    it("disables what one entry or a list with commas names", () => {
        assert.deepEqual(k3s("disable: 'traefik,servicelb'").disabled, ["traefik", "servicelb"]);
        assert.deepEqual(k3s("disable: [traefik, 'a,b']").disabled, ["traefik", "a", "b"]);
    });

    it("gets its authorities from files below its folder, and no other file", () => {
        const folder = "/var/lib/rancher/k3s/server/tls";
        const file = (path: string) => ({ path, content: path, permissions: "0600" });
        const { files, ...rest } = machine("");
        const found = k3sFromCloudConfig({
            ...rest,
            files: [...files, file(`${folder}/server-ca.crt`), file(`${folder}/etcd/peer-ca.key`), file("/tls/x")],
        });
        assert.deepEqual(Object.keys(found?.tls ?? {}), ["server-ca.crt", "etcd/peer-ca.key"]);
    });

    it("asks the servers that the program's script asks before it makes a cluster", () => {
        const asking =
            'for s in 10.0.0.2 10.0.0.3; do if curl -k "https://$s:6443/cacerts"; then printf "cluster-init: false"; fi; done';
        const config = machine("cluster-init: true");
        const found = k3sFromCloudConfig({ ...config, commands: [asking, ...config.commands] });
        assert.deepEqual(found?.rejoin, ["10.0.0.2", "10.0.0.3"]);
        assert.deepEqual(k3s("cluster-init: true").rejoin, []);
    });

    it("finds the manifests below its folder, by path", () => {
        const folder = "/var/lib/rancher/k3s/server/manifests";
        const config = machine("");
        const file = (path: string) => ({ path, content: `# ${path}`, permissions: "0600" });
        const files = [...config.files, file(`${folder}/a.yaml`), file(`${folder}/b/c.yaml`), file(`${folder}.yaml`)];
        assert.deepEqual(k3sFromCloudConfig({ ...config, files })?.manifests, {
            "a.yaml": `# ${folder}/a.yaml`,
            "b/c.yaml": `# ${folder}/b/c.yaml`,
        });
    });

    const DROP_IN = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/10-a.conf";
    const KUBELET = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
    const REGISTRIES = "/etc/rancher/k3s/registries.yaml";

    function withFile(path: string, content: string, config = "") {
        const { files, ...rest } = machine(config);
        return { ...rest, files: [...files, { path, content, permissions: "0644" }] };
    }

    function refused(path: string, content: string): string {
        try {
            k3sFromCloudConfig(withFile(path, content));
        } catch (error) {
            assert.ok(error instanceof K3sFatalError);
            return error.message;
        }
        return assert.fail("k3s started");
    }

    it("hands its kubelet the drop-ins, the later ones over the earlier", () => {
        const file = (name: string, text: string) => ({
            path: DROP_IN.replace("10-a.conf", name),
            content: KUBELET + text,
            permissions: "0644",
        });
        const config = machine("");
        const found = k3sFromCloudConfig({
            ...config,
            files: [
                ...config.files,
                file("20-b.conf", "kubeReserved: {cpu: 2}".replace("2}", '"2"}')),
                file("10-a.conf", "kubeReserved: {cpu: 500m}\nsystemReserved: {memory: 1Gi}"),
                file("30-c.yaml", "no: mapping of a kubelet"),
            ],
        });
        assert.deepEqual(found?.kubelet, { kubeReserved: { cpu: "2" }, systemReserved: { memory: "1Gi" } });
        assert.deepEqual(reservedOf(found.kubelet), { milliCpu: 2000, memoryMiB: 1024 });
    });

    it("does not start with a drop-in that its kubelet refuses, or would leave out without a word", () => {
        assert.match(refused(DROP_IN, "kind: KubeletConfiguration"), /no kind "KubeletConfiguration" is registered/);
        assert.match(refused(DROP_IN, `${KUBELET}kubeReserve: {}`), /10-a\.conf: unknown field "kubeReserve"/);
        assert.match(refused(DROP_IN, `${KUBELET}kubeReserved: {ram: 1Gi}`), /ram is no reserved resource/);
        assert.match(refused(DROP_IN, `${KUBELET}evictionHard: {memory: 5%}`), /memory is no eviction signal/);
        assert.match(refused(DROP_IN, `${KUBELET}imageGCHighThresholdPercent: 70`), /80 must be less than .* 70/);
        assert.match(refused(DROP_IN, `${KUBELET}shutdownGracePeriodByPodPriority: [{priority: 0}]`), /is a list of/);
    });

    it("does not start with registries that it cannot read", () => {
        assert.ok(k3sFromCloudConfig(withFile(REGISTRIES, "mirrors: {docker.io: {}, ghcr.io: }")));
        assert.match(refused(REGISTRIES, "mirror: {}"), /unknown field mirror/);
        assert.match(
            refused(REGISTRIES, "mirrors: {docker.io: {endpoints: [a]}}"),
            /docker\.io: unknown field endpoints/,
        );
        assert.match(refused(REGISTRIES, "mirrors: [docker.io]"), /mirrors is not a mapping/);
    });

    it("does not start with an audit policy that is not on its disk", () => {
        const config = "kube-apiserver-arg: [audit-policy-file=/var/lib/rancher/k3s/server/audit.yaml]";
        assert.match(fatal(config), /loading audit policy file: open .*audit\.yaml: no such file/);
        const found = k3sFromCloudConfig(withFile("/var/lib/rancher/k3s/server/audit.yaml", "rules: []", config));
        assert.deepEqual(found?.serverFiles, { "audit.yaml": "rules: []" });
    });
});
