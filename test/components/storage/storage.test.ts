import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { CertManager } from "../../../components/certificates/cert-manager";
import { IntelGpuPlugin } from "../../../components/gpu";
import type { S3Target } from "../../../components/object-storage";
import {
    blockPurposes,
    BlockStorage,
    FileStorage,
    Library,
    SharedClaim,
    type BlockStorageArgs,
    type Nas,
} from "../../../components/storage";
import { charts as standIns } from "../../../lab/charts";
import { valueAt } from "../../../lab/plain-values";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const RECURRING_JOB = "kubernetes:longhorn.io/v1beta2:RecurringJob";
const CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const VOLUME = "kubernetes:core/v1:PersistentVolume";
const nas: Nas = { address: "192.168.30.10", export: "/mnt/pool", nfsVersion: "4.2" };

const backups: S3Target = {
    endpoint: "https://s3.eu-central-1.amazonaws.com",
    region: "eu-central-1",
    bucket: "homelab-longhorn",
    folder: "volumes",
    accessKeyId: pulumi.secret("idOfBackups"),
    secretAccessKey: pulumi.secret("keyOfBackups"),
};

function build(given: Partial<BlockStorageArgs> = {}, nfsVersion: Nas["nfsVersion"] = "4.2"): Promise<Graph> {
    return captureGraph(() => {
        const block = new BlockStorage("block", { replicas: 2, disposable: false, ...given });
        const files = new FileStorage("files", { nas: { ...nas, nfsVersion } });
        const certificates = new CertManager("cert-manager");
        new IntelGpuPlugin("gpu", { models: ["intel-uhd-630"], podsPerGpu: 2, certificates });
        new Library("library", { files, namespace: "jellyfin", namespaceName: "jellyfin" }, { protect: true });
        new SharedClaim("config", { files, claimName: "jellyfin-config", namespace: "jellyfin", size: "50Gi" });
        assert.equal(block.claimTemplate("scratch", "cache", "1Gi").kind, "template");
    });
}

function release(graph: Graph, name: string): CapturedResource {
    const found = ofType(graph, RELEASE).find((resource) => at(resource, "name") === name);
    assert.ok(found, name);
    return found;
}

function dependsOn(resource: CapturedResource): string[] {
    return resource.opts.dependsOn.map((urn) => urn.split("::").pop() ?? "").sort();
}

describe("the charts of the platform", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("are pinned, rolled back when they fail, and given a time", () => {
        for (const resource of ofType(graph, RELEASE)) {
            assert.match(at(resource, "version") as string, /^v?\d+\.\d+\.\d+$/, resource.name);
            assert.deepEqual([at(resource, "atomic"), at(resource, "cleanupOnFail")], [true, true], resource.name);
            assert.ok((at(resource, "timeout") as number) >= 300, resource.name);
        }
    });

    it("are given only values that they know", () => {
        for (const resource of ofType(graph, RELEASE)) {
            const standIn = standIns.find(
                ({ chart, version }) => chart === at(resource, "chart") && version === at(resource, "version"),
            );
            assert.ok(standIn, `${resource.name}: nothing is known about this chart and version`);
            const values = at(resource, "values") as Record<string, unknown>;
            standIn.render({ name: at(resource, "name") as string, namespace: "test", values });
        }
    });

    it("live in namespaces of their own, which say what their pods may do", () => {
        const namespaces = ofType(graph, "kubernetes:core/v1:Namespace");
        const levels = namespaces.map((namespace) => [
            at(namespace, "metadata", "name"),
            at(namespace, "metadata", "labels", "pod-security.kubernetes.io/enforce"),
        ]);
        assert.deepEqual(Object.fromEntries(levels), {
            "longhorn-system": "privileged",
            "csi-driver-nfs": "privileged",
            "intel-device-plugins": "privileged",
            "cert-manager": "baseline",
        });
    });

    it("run on nodes that were prepared for storage, where they serve volumes", () => {
        const label = { "homelab/nfs": "true" };
        assert.deepEqual(at(release(graph, "longhorn"), "values", "longhornManager", "nodeSelector"), label);
        assert.deepEqual(at(release(graph, "longhorn"), "values", "longhornDriver", "nodeSelector"), label);
        assert.deepEqual(at(release(graph, "csi-driver-nfs"), "values", "node", "nodeSelector"), label);
    });

    it("put the GPU plugin on nodes with the GPU, after the operator, which comes after cert-manager", () => {
        const [operator, plugin] = [
            release(graph, "intel-device-plugins-operator"),
            release(graph, "gpu-intel-uhd-630"),
        ];
        assert.equal(at(plugin, "values", "nodeSelector", "homelab/gpu"), "intel-uhd-630");
        assert.equal(at(plugin, "values", "nodeSelector", "intel.feature.node.kubernetes.io/gpu"), null);
        assert.ok(dependsOn(plugin).includes("gpu-operator"));
        assert.ok(dependsOn(operator).includes("cert-manager-release"));
    });
});

describe("Longhorn's page, which asks for no password", () => {
    it("is open to nobody from the network, from before it runs", async () => {
        const graph = await build();
        const policy = only(graph, POLICY);
        assert.deepEqual(at(policy, "metadata", "namespace"), at(release(graph, "longhorn"), "namespace"));
        const { policyTypes, ingress } = at(policy, "spec") as Record<string, unknown>;
        assert.deepEqual([policyTypes, ingress], [["Ingress"], []]);
        assert.deepEqual(
            dependsOn(policy).filter((name) => name === "block-longhorn"),
            [],
        );
    });

    it("is the pods that the policy selects, and no other of the chart's", async () => {
        const graph = await build();
        const selected = at(only(graph, POLICY), "spec", "podSelector", "matchLabels");
        const chart = standIns.find((standIn) => standIn.chart === "longhorn");
        assert.ok(chart);
        const values = at(release(graph, "longhorn"), "values") as Record<string, unknown>;
        const { objects } = chart.render({ name: "longhorn", namespace: "longhorn-system", values });
        const pods = objects.map((object) => [object.metadata.name, valueAt(object, "spec.selector.matchLabels")]);
        assert.deepEqual(
            pods.filter(([, labels]) => isDeepStrictEqual(labels, selected)).map(([name]) => name),
            ["longhorn-ui"],
        );
    });

    it("can be opened in a house that protects its data", async () => {
        const graph = await captureGraph(() => {
            new BlockStorage("block", { replicas: 2, disposable: false }, { protect: true });
        });
        assert.equal(only(graph, POLICY).opts.protect, false);
    });
});

describe("block volumes", () => {
    const parameter = (graph: Graph, name: string, key: string) => at(only(graph, CLASS, name), "parameters", key);

    it("have two copies on two hosts, and outlive their claims", async () => {
        const graph = await build();
        for (const name of ["block-class", "block-class-database", "block-class-config"]) {
            const found = only(graph, CLASS, name);
            assert.deepEqual(
                [at(found, "parameters", "numberOfReplicas"), at(found, "reclaimPolicy")],
                ["2", "Retain"],
                name,
            );
        }
        assert.equal(at(release(graph, "longhorn"), "values", "defaultSettings", "replicaZoneSoftAntiAffinity"), false);
    });

    const setting = (graph: Graph, name: string) => at(release(graph, "longhorn"), "values", "defaultSettings", name);

    it("leave the pods of a dead node", async () => {
        const policy = setting(await build(), "nodeDownPodDeletionPolicy");
        assert.equal(policy, "delete-both-statefulset-and-deployment-pod");
    });

    it("hold a drain up for a last copy only, and move that one where there is another host", async () => {
        const policy = async (replicas: number) => setting(await build({ replicas }), "nodeDrainPolicy");
        assert.equal(await policy(2), "block-for-eviction-if-contains-last-replica");
        assert.equal(await policy(1), "block-if-contains-last-replica");
    });

    it("go with their claim where they can be made again, and have two copies even where others have three", async () => {
        const graph = await build({ replicas: 3 });
        const scratch = only(graph, CLASS, "block-class-scratch");
        assert.deepEqual(
            [at(scratch, "parameters", "numberOfReplicas"), at(scratch, "reclaimPolicy")],
            ["2", "Delete"],
        );
        assert.equal(parameter(graph, "block-class-database", "numberOfReplicas"), "3");
    });

    it("have the recurring jobs of their purpose", async () => {
        const graph = await build();
        for (const purpose of blockPurposes) {
            const text = parameter(graph, `block-class-${purpose}`, "recurringJobSelector") as string;
            assert.deepEqual(JSON.parse(text), [{ name: purpose, isGroup: true }]);
        }
        const jobs = ofType(graph, RECURRING_JOB);
        assert.deepEqual(jobs.map((job) => at(job, "spec", "task")).sort(), [
            "filesystem-trim",
            "snapshot",
            "snapshot",
        ]);
        assert.ok(jobs.every((job) => dependsOn(job).includes("block-longhorn")));
    });

    it("are backed up to a bucket where there is one, with a key that is in a secret only", async () => {
        const graph = await build({ backups });
        const values = at(release(graph, "longhorn"), "values", "defaultBackupStore");
        assert.deepEqual(values, {
            backupTarget: "s3://homelab-longhorn@eu-central-1/volumes/",
            backupTargetCredentialSecret: "longhorn-backup-target",
        });
        const secret = only(graph, "kubernetes:core/v1:Secret", "block-backup-target");
        assert.deepEqual(at(secret, "stringData"), {
            AWS_ENDPOINTS: "https://s3.eu-central-1.amazonaws.com",
            AWS_ACCESS_KEY_ID: "idOfBackups",
            AWS_SECRET_ACCESS_KEY: "keyOfBackups",
        });
        const elsewhere = graph.resources.filter(({ urn }) => urn !== secret.urn);
        assert.doesNotMatch(JSON.stringify(elsewhere.map(({ props }) => props)), /keyOfBackups/);
        assert.ok(secret.secretPaths.some((path) => path.startsWith("stringData")));
        const backedUp = ofType(graph, RECURRING_JOB).filter((job) => at(job, "spec", "task") === "backup");
        assert.deepEqual(backedUp.flatMap((job) => at(job, "spec", "groups")).sort(), ["config", "database"]);
    });

    it("cannot be uninstalled by mistake where the house protects data", async () => {
        assert.equal(
            at(release(await build(), "longhorn"), "values", "defaultSettings", "deletingConfirmationFlag"),
            false,
        );
    });

    it("are of classes that come after their driver", async () => {
        const graph = await build();
        const classes = ofType(graph, CLASS).filter((found) => at(found, "provisioner") === "driver.longhorn.io");
        assert.equal(classes.length, 4);
        assert.ok(classes.every((found) => dependsOn(found).includes("block-longhorn")));
    });
});

describe("the library", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is the whole pool in one volume, so that hard links work", () => {
        assert.deepEqual(at(only(graph, VOLUME), "spec", "csi", "volumeAttributes"), {
            server: nas.address,
            share: nas.export,
        });
    });

    it("waits for the NAS instead of telling programs that a write worked", () => {
        const options = at(only(graph, VOLUME), "spec", "mountOptions") as string[];
        assert.ok(options.includes("hard") && options.includes("nfsvers=4.2"));
    });

    it("is mounted in the version that the NAS speaks, as all that lies there", async () => {
        const older = await build({}, "4.1");
        const options = [
            at(only(older, VOLUME), "spec", "mountOptions"),
            ...["files-class", "files-class-nfs-client"].map((name) => at(only(older, CLASS, name), "mountOptions")),
        ];
        for (const one of options) assert.deepEqual(one, ["nfsvers=4.1", "hard", "noatime", "nconnect=4"]);
    });

    it("loses no file with its claim, and is protected", () => {
        const volume = only(graph, VOLUME);
        assert.deepEqual([at(volume, "spec", "persistentVolumeReclaimPolicy"), volume.opts.protect], ["Retain", true]);
    });

    it("is bound to this volume, not to one of a default class", () => {
        const claim = only(graph, CLAIM, "library-claim");
        assert.deepEqual(
            [at(claim, "spec", "storageClassName"), at(claim, "spec", "volumeName")],
            ["", "library-jellyfin"],
        );
    });
});

describe("a shared directory on the NAS", () => {
    it("is kept when its claim goes, by whichever name of the class it was claimed", async () => {
        const graph = await build();
        const [own, other] = [only(graph, CLASS, "files-class"), only(graph, CLASS, "files-class-nfs-client")];
        assert.deepEqual([at(own, "reclaimPolicy"), at(own, "parameters", "onDelete")], ["Retain", "retain"]);
        const names = [own, other].map((found) => at(found, "metadata", "name"));
        assert.deepEqual(names, ["files-shared", "nfs-client"]);
        for (const key of ["parameters", "mountOptions", "reclaimPolicy"])
            assert.deepEqual(at(other, key), at(own, key), key);
    });

    it("can be written by programs that are not root: the driver makes it root's own", async () => {
        assert.equal(at(only(await build(), CLASS, "files-class"), "parameters", "mountPermissions"), "0777");
    });

    it("does not get a new owner file by file at every start", async () => {
        assert.equal(at(release(await build(), "csi-driver-nfs"), "values", "feature", "enableFSGroupPolicy"), false);
    });
});
