import assert from "node:assert/strict";
import { CertManager } from "../../../components/certificates/cert-manager";
import { IntelGpuPlugin } from "../../../components/gpu";
import { BlockStorage, FileStorage, Library, SharedClaim } from "../../../components/storage";
import { charts as standIns } from "../../../lab/charts";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const VOLUME = "kubernetes:core/v1:PersistentVolume";
const nas = { address: "192.168.30.10", export: "/mnt/pool" };

function build(): Promise<Graph> {
    return captureGraph(() => {
        const block = new BlockStorage("block", { replicas: 2, disposable: false });
        const files = new FileStorage("files", { nas });
        const certificates = new CertManager("cert-manager");
        new IntelGpuPlugin("gpu", { model: "intel-uhd-630", certificates });
        new Library("library", { files, namespace: "jellyfin", namespaceName: "jellyfin" }, { protect: true });
        new SharedClaim("config", { files, claimName: "jellyfin-config", namespace: "jellyfin", size: "50Gi" });
        assert.equal(block.claimTemplate("cache", "1Gi").kind, "template");
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
            release(graph, "intel-device-plugins-gpu"),
        ];
        assert.equal(at(plugin, "values", "nodeSelector", "homelab/gpu"), "intel-uhd-630");
        assert.equal(at(plugin, "values", "nodeSelector", "intel.feature.node.kubernetes.io/gpu"), null);
        assert.ok(dependsOn(plugin).includes("gpu-operator"));
        assert.ok(dependsOn(operator).includes("cert-manager-release"));
    });
});

describe("block volumes", () => {
    it("have two copies on two hosts, and outlive their claims", async () => {
        const graph = await build();
        const found = only(graph, CLASS, "block-class");
        assert.deepEqual([at(found, "parameters", "numberOfReplicas"), at(found, "reclaimPolicy")], ["2", "Retain"]);
        assert.equal(at(release(graph, "longhorn"), "values", "defaultSettings", "replicaZoneSoftAntiAffinity"), false);
    });

    it("cannot be uninstalled by mistake where the house protects data", async () => {
        assert.equal(
            at(release(await build(), "longhorn"), "values", "defaultSettings", "deletingConfirmationFlag"),
            false,
        );
    });

    it("are of a class that comes after its driver", async () => {
        assert.ok(dependsOn(only(await build(), CLASS, "block-class")).includes("block-longhorn"));
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
    it("is kept when its claim goes", async () => {
        const found = only(await build(), CLASS, "files-class");
        assert.deepEqual([at(found, "reclaimPolicy"), at(found, "parameters", "onDelete")], ["Retain", "retain"]);
    });

    it("can be written by programs that are not root: the driver makes it root's own", async () => {
        assert.equal(at(only(await build(), CLASS, "files-class"), "parameters", "mountPermissions"), "0777");
    });

    it("does not get a new owner file by file at every start", async () => {
        assert.equal(at(release(await build(), "csi-driver-nfs"), "values", "feature", "enableFSGroupPolicy"), false);
    });
});
