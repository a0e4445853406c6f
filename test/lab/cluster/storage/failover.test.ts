import assert from "node:assert/strict";
import { longhornValues } from "../../../../components/storage";
import { DRIVERS } from "../../../../lab/cluster/storage/annotations";
import { PATHS, type Attachment } from "../../../../lab/cluster/storage/control/objects";
import type { KubeObject } from "../../../../lab/kube/client";
import { eventually } from "../../../support/eventually";
import { openHouse, ready, type House, type HouseMachine } from "../house";
import { apply, event, install, isReady, pathOf, podReady, podSpec, workload, type Pod } from "../workloads";

/** Shorter, and a busy machine loses nodes that are on. */
const GRACE_SECONDS = 10;
const TOLERATE = ["not-ready", "unreachable"].map((name) => ({
    ...{ key: `node.kubernetes.io/${name}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 2 },
}));
/** Kubernetes compares its memory of attachments with the objects once a minute; before Longhorn's way it waited six. */
const MOVE_MS = 100_000;

describe("a block volume on a machine that loses its power", function () {
    this.timeout(240_000);
    let house: House;
    let agents: HouseMachine[];
    let first: string;

    before(async () => {
        house = await openHouse({ nodeGraceSeconds: GRACE_SECONDS });
        agents = ["k3s-agent-1", "k3s-agent-2"].map((name) => house.machine(name));
        const machines = [house.machine("k3s-server-1"), ...agents];
        await Promise.all(machines.map((machine) => machine.on()));
        for (const { spec } of machines) await ready(house.client, spec.name);
        await eventually("the default ServiceAccount is there", () =>
            house.client.find("/api/v1/namespaces/default/serviceaccounts/default"),
        );
        await install(house.client, "longhorn", { ...longhornValues({ replicas: 2, disposable: true }) });
        await apply(house.client, {
            ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "block-replicated" } },
            ...{ provisioner: DRIVERS.longhorn, parameters: { numberOfReplicas: "2" } },
        });
        await apply(house.client, stateful());
        first = (await podReady(house.client, "writer-0")).spec.nodeName ?? "";
    });
    after(() => house.stop());

    it("is attached to the node of its pod alone", async () => {
        assert.deepEqual(await holders(), [first]);
    });

    it("goes to the next machine with the pod, as Longhorn's policy says, although the old one never let go", async () => {
        const volumesInUse = (await attachments()).map(({ spec }) => inUse(spec.source.persistentVolumeName));
        await house.client.request("PATCH", `${PATHS.nodes}/${first}/status`, {
            contentType: "application/merge-patch+json",
            body: { status: { volumesInUse } },
        });
        await agents.find(({ spec }) => spec.name === first)?.off();
        await ready(house.client, first, "Unknown");
        const moved = await eventually(
            "the pod is ready elsewhere",
            async () => {
                const now = await house.client.find<Pod>(pathOf("Pod", "writer-0"));
                return isReady(now) && now?.spec.nodeName !== first ? now : undefined;
            },
            MOVE_MS,
        );
        assert.deepEqual(await holders(), [moved.spec.nodeName]);
    });

    it("finds no room for a second copy while only one host is left", async () => {
        const resources = { requests: { storage: "1Gi" } };
        const spec = { storageClassName: "block-replicated", accessModes: ["ReadWriteOnce"], resources };
        await apply(house.client, {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "late" },
            spec,
        });
        await event(house.client, "late", /ProvisioningFailed: .*needed 2 x 1Gi, each on a host of its own/);
    });

    async function attachments(): Promise<Attachment[]> {
        return (await house.client.get<{ items: Attachment[] }>(PATHS.attachments)).items;
    }

    async function holders(): Promise<string[]> {
        return (await attachments()).filter(({ status }) => status?.attached).map(({ spec }) => spec.nodeName);
    }
});

/** What a kubelet says of itself that has a volume mounted, and cannot take back any more once its machine is off. */
function inUse(volume: string | undefined): string {
    return `kubernetes.io/csi/${DRIVERS.longhorn}^${volume ?? ""}`;
}

function stateful(): KubeObject {
    const resources = { requests: { storage: "1Gi" } };
    const object = workload(
        "StatefulSet",
        "writer",
        1,
        podSpec({ tolerations: TOLERATE, nodeSelector: { "homelab/nfs": "true" } }),
    );
    const spec = { storageClassName: "block-replicated", accessModes: ["ReadWriteOnce"], resources };
    return { ...object, spec: { ...object.spec, volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] } };
}
