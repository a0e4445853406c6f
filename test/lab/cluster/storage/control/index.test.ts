import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DRIVERS, STORAGE_ANNOTATIONS } from "../../../../../lab/cluster/storage/annotations";
import { startStorageControllers } from "../../../../../lab/cluster/storage/control";
import { attacherFinalizer } from "../../../../../lab/cluster/storage/control/attacher";
import { REPLICAS_ANNOTATION } from "../../../../../lab/cluster/storage/control/capacity";
import { PATHS, type Attachment, type Volume } from "../../../../../lab/cluster/storage/control/objects";
import { announceDisk } from "../../../../../lab/cluster/storage/node/disk";
import { pause } from "../../../../../lab/pause";
import { startControlPlane, type ControlPlane } from "../../../../support/control-plane";
import { eventually } from "../../../../support/eventually";
import { sharedFolders } from "../node/guest";
import { WrittenCluster } from "./cluster";
import { removeFolder } from "../../../../support/scratch-folder";

const SETTINGS =
    "default-replica-count: 2\nreplica-zone-soft-anti-affinity: false\nallow-volume-creation-with-degraded-availability: false\n";
const POD = "/api/v1/namespaces/default/pods/writer-0";
/** Longer than the controllers wait between two looks. */
const A_WHILE_MS = 3_000;

/** An API server without other controllers; each sentence builds on those above it. */
describe("the storage drivers' controllers", function () {
    this.timeout(60_000);
    const folders = sharedFolders();
    const stopped = new AbortController();
    const log: string[] = [];
    let plane: ControlPlane;
    let written: WrittenCluster;
    let data: string;

    before(async () => {
        plane = await startControlPlane();
        written = new WrittenCluster(plane.client);
        await written.serviceAccount();
        await written.node("one", "pve1", 100);
        await written.node("two", "pve2", 100);
        await written.settings(SETTINGS);
        await written.storageClass("block", DRIVERS.longhorn, { fsType: "ext4" });
        await written.storageClass("files", DRIVERS.nfs, { server: "127.0.30.10", share: "/mnt/pool" });
        const { client } = plane;
        const { signal } = stopped;
        startStorageControllers({ client, signal, folders, log: (line) => log.push(line) });
    });
    after(async () => {
        stopped.abort();
        await plane.stop();
        removeFolder(folders.folder);
    });

    const volume = (name: string) => plane.client.find<Volume>(`${PATHS.volumes}/${name}`);
    const made = (name: string) => eventually(`volume ${name} is there`, () => volume(name));
    const attachment = (name: string) => plane.client.get<Attachment>(`${PATHS.attachments}/${name}`);
    const attached = (name: string) =>
        eventually(`${name} is attached`, async () => (await attachment(name)).status?.attached);
    const image = (name: string) => join(folders.blockVolumes, `${name}.img`);

    it("make no volume before the driver's pods are ready", async () => {
        data = await written.claim("data", "block", "30Gi");
        await pause(A_WHILE_MS);
        assert.equal(await volume(data), undefined);
    });

    it("say that no storage node is ready while the managers are not", async () => {
        await written.pluginPod("provisioner", "two", { [STORAGE_ANNOTATIONS.controller]: DRIVERS.longhorn });
        await written.event("data", /ProvisioningFailed: .*"block": .*no storage node is ready/);
    });

    it("make a sparse file of the claim's size, with copies on two hosts, and a type that lets kubelet set a group", async () => {
        await written.pluginPod("manager-1", "one", { [STORAGE_ANNOTATIONS.disk]: DRIVERS.longhorn });
        await written.pluginPod("manager-2", "two", { [STORAGE_ANNOTATIONS.disk]: DRIVERS.longhorn });
        const { metadata, spec } = await made(data);
        assert.equal(metadata.annotations?.[REPLICAS_ANNOTATION]?.split(",").sort().join(), "one,two");
        assert.match(JSON.stringify(spec.csi), /"fsType":"ext4"/);
        const { blocks, size } = statSync(image(data));
        assert.deepEqual([size, blocks], [30 * 2 ** 30, 0]);
    });

    it("leave a claim pending that does not fit, and say what is needed and what is left", async () => {
        const big = await written.claim("big", "block", "45Gi");
        await written.event("big", /needed 2 x 45Gi, .*one on pve1 has 40Gi of 100Gi left, two on pve2 has 40Gi/);
        assert.equal(await volume(big), undefined);
        await written.node("three", "pve3", 300);
        await written.node("four", "pve4", 300);
        await written.pluginPod("manager-3", "three", { [STORAGE_ANNOTATIONS.disk]: DRIVERS.longhorn });
        await pause(200);
        assert.equal(await volume(big), undefined);
        await written.pluginPod("manager-4", "four", { [STORAGE_ANNOTATIONS.disk]: DRIVERS.longhorn });
        assert.match((await made(big)).metadata.annotations?.[REPLICAS_ANNOTATION] ?? "", /three|four/);
    });

    it("count with the disk that a machine was given, not with that of the computer that runs the lab", async () => {
        await announceDisk(plane.client, "one", 40);
        await written.claim("shrunk", "block", "400Gi");
        await written.event("shrunk", /one on pve1 has 0Gi of 40Gi left/);
    });

    it("attach a volume to one node, and hold it there", async () => {
        await written.attachment("first", data, "one");
        await attached("first");
        const finalizer = attacherFinalizer(DRIVERS.longhorn);
        assert.equal(finalizer, "external-attacher/driver-longhorn-io");
        assert.ok((await attachment("first")).metadata.finalizers?.includes(finalizer));
        assert.ok((await volume(data))?.metadata.finalizers?.includes(finalizer));
    });

    it("refuse it to a second node, in Longhorn's words", async () => {
        await written.attachment("second", data, "two");
        const why = await eventually(
            "it is refused",
            async () => (await attachment("second")).status?.attachError?.message,
        );
        assert.match(why, /volume pvc-.* failed to attach to node two .*currently attached to different node one/);
        assert.notEqual((await attachment("second")).status?.attached, true);
    });

    it("detach it only once the first node has unmounted it, and then give it to the second", async () => {
        await written.nodeStatus("one", { volumesInUse: [`kubernetes.io/csi/${DRIVERS.longhorn}^${data}`] });
        await plane.client.request("DELETE", `${PATHS.attachments}/first`);
        const why = await eventually(
            "it is held",
            async () => (await attachment("first")).status?.detachError?.message,
        );
        assert.match(why, /Failed to detach volume .* from node one/);
        assert.notEqual((await attachment("second")).status?.attached, true);
        await written.nodeStatus("one", { volumesInUse: [] });
        await written.gone(`${PATHS.attachments}/first`);
        await attached("second");
        assert.equal((await attachment("second")).status?.attachError, undefined);
    });

    it("leave everything on a node that is down where the policy is to do nothing", async () => {
        await written.bind("data", data);
        const ownerReferences = [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "writer", uid: "1" }];
        await written.pod({ name: "writer-0", ownerReferences }, "two", "data");
        await written.nodeStatus("two", { volumesInUse: [`kubernetes.io/csi/${DRIVERS.longhorn}^${data}`] });
        await written.nodeReady("two", "Unknown");
        await plane.client.request("DELETE", POD, { body: { gracePeriodSeconds: 1 } });
        await written.attachment("third", data, "one");
        await pause(A_WHILE_MS);
        assert.ok(await plane.client.find(POD));
        assert.equal((await attachment("second")).status?.attached, true);
        assert.notEqual((await attachment("third")).status?.attached, true);
    });

    it("take volume and pod off such a node where the policy says so", async () => {
        await written.settings(
            `${SETTINGS}node-down-pod-deletion-policy: delete-both-statefulset-and-deployment-pod\n`,
        );
        await written.gone(`${PATHS.attachments}/second`);
        await attached("third");
        await written.gone(POD);
        // It says so after the answer to what it sent, which others may see first.
        const told = () => log.filter((line) => line.startsWith("longhorn: "));
        await eventually("both are told", () => told().length >= 2);
        assert.deepEqual(told(), [
            "longhorn: deleted volume attachment second for pod writer-0 on downed node two",
            "longhorn: forcefully deleted pod writer-0 on downed node two",
        ]);
    });

    it("keep what is released while a node still has it, then remove it with its bytes", async () => {
        await written.patch(`${PATHS.volumes}/${data}/status`, { status: { phase: "Released" } });
        await pause(500);
        assert.equal((await volume(data))?.metadata.deletionTimestamp, undefined);
        assert.ok(existsSync(image(data)));
        await plane.client.request("DELETE", `${PATHS.attachments}/third`);
        await eventually("it is being removed", async () => (await volume(data))?.metadata.deletionTimestamp);
        assert.equal(existsSync(image(data)), false);
        // What else holds it is not the driver's: its protection is taken away by a controller that does not run here.
        const left = (await volume(data))?.metadata.finalizers ?? [];
        await eventually("the driver lets it go", async () => {
            const finalizers = (await volume(data))?.metadata.finalizers ?? [];
            return !finalizers.includes(attacherFinalizer(DRIVERS.longhorn));
        });
        assert.ok(left.includes("kubernetes.io/pv-protection"));
    });

    it("say of a share that is not exported what mount would say, and make the directory once it is", async () => {
        await written.pluginPod("nfs-controller", "one", { [STORAGE_ANNOTATIONS.controller]: DRIVERS.nfs });
        const name = await written.claim("films", "files", "1Gi", "ReadWriteMany");
        await written.event("films", /ProvisioningFailed: .*failed to mount nfs server: mount\.nfs: No route to host/);
        mkdirSync(join(folders.nas, "127.0.30.10/mnt/pool"), { recursive: true });
        await written.patch("/api/v1/namespaces/default/persistentvolumeclaims/films", {
            metadata: { annotations: { again: "yes" } },
        });
        assert.equal((await made(name)).spec.csi?.volumeHandle, `127.0.30.10#mnt/pool#${name}##`);
        assert.ok(existsSync(join(folders.nas, "127.0.30.10/mnt/pool", name)));
    });
});
