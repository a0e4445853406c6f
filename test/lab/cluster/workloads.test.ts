import assert from "node:assert/strict";
import { intelGpuValues } from "../../../components/gpu";
import { longhornValues, nfsValues } from "../../../components/storage";
import { KubeError, type KubeObject } from "../../../lab/kube/client";
import { eventually } from "../../support/eventually";
import { openHouse, ready, type House, type Node } from "./house";
import {
    apply,
    event,
    install,
    isReady,
    pathOf,
    pod,
    podReady,
    podSpec,
    podsOf,
    workload,
    type Pod,
} from "./workloads";

const GPU = "gpu.intel.com/i915";

interface Claim extends KubeObject {
    spec: { volumeName?: string };
    status?: { phase?: string };
}

interface Service extends KubeObject {
    status?: { loadBalancer?: { ingress?: { ip: string }[] } };
}

describe("what runs on simulated machines", function () {
    this.timeout(120_000);
    let house: House;
    const address = (name: string) => house.machine(name).spec.interfaces[0]?.address ?? "";

    before(async () => {
        house = await openHouse();
        await house.machine("k3s-server-1").on();
        await house.machine("k3s-agent-1").on();
        // The second agent has no device, and no NFS client, although its labels promise both.
        const userData = (house.papers.userData.get("k3s-agent-2") ?? "").replace("- nfs-common", "- jq");
        await house.machine("k3s-agent-2", { userData, pciDevices: [] }).on();
        await ready(house.client, "k3s-agent-1");
        await ready(house.client, "k3s-agent-2");
        await ready(house.client, "k3s-server-1");
        await eventually("the default ServiceAccount is there", () =>
            house.client.find("/api/v1/namespaces/default/serviceaccounts/default"),
        );
    });
    after(() => house.stop());

    it("a Deployment becomes available, with an address of its node's range for each pod", async () => {
        await apply(house.client, workload("Deployment", "web", 3, podSpec()));
        const pods = await eventually("three ready pods", async () => {
            const all = await podsOf(house.client, "web");
            return all.filter(isReady).length === 3 ? all : undefined;
        });
        const addresses = pods.map((one) => one.status?.podIP ?? "");
        assert.equal(new Set(addresses).size, 3);
        for (const one of pods) {
            const node = await house.client.get<Node>(`/api/v1/nodes/${one.spec.nodeName ?? ""}`);
            const prefix = (node.spec.podCIDR ?? "?").replace(/\.\d+\/\d+$/, ".");
            assert.ok(one.status?.podIP?.startsWith(prefix), `${one.status?.podIP ?? ""} is not in ${prefix}0/24`);
        }
    });

    it("refuses a field that Kubernetes does not know", async () => {
        const wrong = pod("typo", podSpec({ containerz: [] }));
        await assert.rejects(
            apply(house.client, wrong),
            (error) => error instanceof KubeError && /containerz/.test(error.message),
        );
    });

    it("a pod of a Job ends by itself", async () => {
        await apply(house.client, pod("once", podSpec({ restartPolicy: "Never" })));
        await eventually("it succeeded", async () => {
            const now = await house.client.find<Pod>(pathOf("Pod", "once"));
            return now?.status?.phase === "Succeeded" ? now : undefined;
        });
    });

    it("a pod whose ConfigMap is missing waits in the kubelet's words, and starts once it is there", async () => {
        const container = { envFrom: [{ configMapRef: { name: "settings" } }] };
        await apply(house.client, pod("unconfigured", podSpec({}, container)));
        const waiting = await eventually("it waits", async () => {
            const now = await house.client.get<Pod>(pathOf("Pod", "unconfigured"));
            const state = now.status?.containerStatuses?.[0]?.state.waiting;
            return state?.reason === "CreateContainerConfigError" ? state : undefined;
        });
        assert.equal(waiting.message, 'configmap "settings" not found');
        await apply(house.client, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } });
        await podReady(house.client, "unconfigured");
    });

    it("a pod whose Secret volume is missing is not started", async () => {
        const volumes = [{ name: "keys", secret: { secretName: "nowhere" } }];
        await apply(house.client, pod("keyless", podSpec({ volumes })));
        await event(house.client, "keyless", /FailedMount: MountVolume.SetUp failed .* secret "nowhere" not found/);
        assert.equal((await house.client.get<Pod>(pathOf("Pod", "keyless"))).status?.phase, "Pending");
    });

    it("a deleted pod goes away for good", async () => {
        await house.client.request("DELETE", pathOf("Pod", "keyless"));
        await eventually("it is gone", async () =>
            (await house.client.find(pathOf("Pod", "keyless"))) === undefined ? true : undefined,
        );
    });

    it("a pod that wants a GPU waits while no plugin runs", async () => {
        const limits = { resources: { limits: { [GPU]: "1" } } };
        await apply(house.client, pod("player", podSpec({}, limits)));
        await event(house.client, "player", /Insufficient gpu\.intel\.com\/i915/);
    });

    it("the GPU becomes allocatable with the plugin, only on the machine that has one", async () => {
        await install(house.client, "intel-device-plugins-operator", {});
        await install(house.client, "intel-device-plugins-gpu", { ...intelGpuValues("intel-uhd-630", 2) });
        const player = await podReady(house.client, "player");
        assert.equal(player.spec.nodeName, "k3s-agent-1");
        const plugins = await eventually("a plugin pod on both labelled nodes", async () => {
            const pods = (await podsOf(house.client, "intel-gpu-plugin-gpudeviceplugin-intel-uhd-630")).filter(isReady);
            return pods.length === 2 ? pods : undefined;
        });
        assert.deepEqual(plugins.map((one) => one.spec.nodeName).sort(), ["k3s-agent-1", "k3s-agent-2"]);
        const one = await house.client.get<Node>("/api/v1/nodes/k3s-agent-1");
        const two = await house.client.get<Node>("/api/v1/nodes/k3s-agent-2");
        assert.equal(one.status?.allocatable?.[GPU], "2");
        assert.equal(two.status?.allocatable?.[GPU], undefined);
    });

    it("the GPU is taken back when the plugin goes", async () => {
        await house.client.request("DELETE", pathOf("DaemonSet", "intel-gpu-plugin-gpudeviceplugin-intel-uhd-630"));
        await eventually("none is allocatable", async () => {
            const node = await house.client.get<Node>("/api/v1/nodes/k3s-agent-1");
            return node.status?.allocatable?.[GPU] === "0" ? true : undefined;
        });
    });

    it("a claim waits while its driver does not run, and binds once it does", async () => {
        const metadata = { name: "block-replicated" };
        const kind = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };
        await apply(house.client, { ...kind, metadata, provisioner: "driver.longhorn.io" });
        await apply(house.client, claim("early", "block-replicated", "ReadWriteOnce"));
        await event(house.client, "early", /ExternalProvisioning: .*driver\.longhorn\.io/);
        const before = await house.client.get<Claim>(pathOf("PersistentVolumeClaim", "early"));
        assert.equal(before.status?.phase, "Pending");
        await install(house.client, "longhorn", { ...longhornValues({ replicas: 2, disposable: true }) });
        const bound = await boundClaim("early");
        assert.equal(bound.spec.volumeName, `pvc-${bound.metadata.uid ?? ""}`);
    });

    it("no part of Longhorn runs on the node that was not prepared for it", async () => {
        const manager = await eventually("managers on both agents", async () => {
            const pods = (await podsOf(house.client, "longhorn-manager")).filter(isReady);
            return pods.length === 2 ? pods : undefined;
        });
        const plugins = await podsOf(house.client, "longhorn-csi-plugin");
        for (const one of [...manager, ...plugins]) assert.notEqual(one.spec.nodeName, "lima");
    });

    it("a pod with a block volume starts once the volume is attached to its node", async () => {
        const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "early" } }];
        await apply(house.client, pod("writer", podSpec({ volumes })));
        const writer = await podReady(house.client, "writer");
        const { items } = await house.client.get<{
            items: (KubeObject & { spec: { nodeName: string }; status?: { attached?: boolean } })[];
        }>("/apis/storage.k8s.io/v1/volumeattachments");
        assert.deepEqual(
            items.map(({ spec, status }) => [spec.nodeName, status?.attached]),
            [[writer.spec.nodeName, true]],
        );
    });

    it("a block volume does not mount on a second node", async () => {
        const writer = await house.client.get<Pod>(pathOf("Pod", "writer"));
        const other = writer.spec.nodeName === "k3s-agent-1" ? "k3s-agent-2" : "k3s-agent-1";
        const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "early" } }];
        const nodeSelector = { "kubernetes.io/hostname": other };
        await apply(house.client, pod("rival", podSpec({ volumes, nodeSelector })));
        await event(house.client, "rival", /FailedAttachVolume: Multi-Attach error/);
        assert.equal((await house.client.get<Pod>(pathOf("Pod", "rival"))).status?.phase, "Pending");
    });

    it("the volume follows when its first pod is deleted", async () => {
        await house.client.request("DELETE", pathOf("Pod", "writer"));
        await podReady(house.client, "rival");
    });

    it("a file volume mounts where the NFS client is, and says what is missing elsewhere", async () => {
        await install(house.client, "csi-driver-nfs", { ...nfsValues() });
        const parameters = { server: "127.0.30.10", share: "/mnt/pool" };
        await apply(house.client, {
            ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "files-shared" } },
            ...{ provisioner: "nfs.csi.k8s.io", parameters },
        });
        await apply(house.client, claim("films", "files-shared", "ReadWriteMany"));
        await boundClaim("films");
        const volumes = [{ name: "films", persistentVolumeClaim: { claimName: "films" } }];
        const on = (name: string) => ({ volumes, nodeSelector: { "kubernetes.io/hostname": name } });
        await apply(house.client, pod("viewer", podSpec(on("k3s-agent-1"))));
        await apply(house.client, pod("blind", podSpec(on("k3s-agent-2"))));
        await podReady(house.client, "viewer");
        await event(house.client, "blind", /FailedMount: .*127\.0\.30\.10:\/mnt\/pool: bad option/);
        assert.equal((await house.client.get<Pod>(pathOf("Pod", "blind"))).status?.phase, "Pending");
    });

    it("a volume goes with its claim when its class says so", async () => {
        await apply(house.client, claim("brief", "files-shared", "ReadWriteMany"));
        const { spec } = await boundClaim("brief");
        await house.client.request("DELETE", pathOf("PersistentVolumeClaim", "brief"));
        await eventually("the volume is gone", async () =>
            (await house.client.find(pathOf("PersistentVolume", spec.volumeName ?? ""))) === undefined
                ? true
                : undefined,
        );
    });

    it("a Service of type LoadBalancer gets the addresses of all ready machines, and not of the tainted node of others", async () => {
        const spec = { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] };
        await apply(house.client, { apiVersion: "v1", kind: "Service", metadata: { name: "door" }, spec });
        const ingress = await eventually("it has addresses", async () => {
            const now = await house.client.get<Service>(pathOf("Service", "door"));
            const given = now.status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [];
            return given.length >= 3 ? given : undefined;
        });
        assert.deepEqual(ingress.sort(), ["k3s-server-1", "k3s-agent-1", "k3s-agent-2"].map(address).sort());
    });

    it("k3s' own parts are there, Traefik with its definitions, but for those that the program disables", async () => {
        assert.ok(await house.client.find(pathOf("CustomResourceDefinition", "ingressroutes.traefik.io")));
        assert.ok(await house.client.find("/apis/apps/v1/namespaces/kube-system/deployments/traefik"));
        const dns = await house.client.find("/apis/apps/v1/namespaces/kube-system/deployments/coredns");
        assert.equal(dns, undefined, "the platform brings its own");
        const classes = await house.client.find("/apis/storage.k8s.io/v1/storageclasses/local-path");
        assert.equal(classes, undefined, "the program disables it");
    });

    function claim(name: string, storageClassName: string, mode: string): KubeObject {
        const resources = { requests: { storage: "1Gi" } };
        const spec = { storageClassName, accessModes: [mode], resources };
        return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec };
    }

    function boundClaim(name: string): Promise<Claim> {
        return eventually(`claim ${name} is bound`, async () => {
            const now = await house.client.get<Claim>(pathOf("PersistentVolumeClaim", name));
            return now.status?.phase === "Bound" ? now : undefined;
        });
    }
});
