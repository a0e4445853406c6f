import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { holdsNoData } from "../holds-no-data";
import { Namespace } from "../namespace";
import { charts, images } from "../versions";
import { Workload, type ExistingClaim, type Identity, type Mount, type Run, type Scratch } from "../workload";
import type { BlockStorage } from "./block-storage";
import { shareOf, type FileStorage, type Nas } from "./file-storage";
import { PREFLIGHT_PLACES, PREFLIGHT_SCRIPT } from "./preflight-script";

export interface StoragePreflightArgs {
    /** Names of the nodes that are tried, each by a job of its own. */
    readonly nodes: readonly string[];
    /** The NAS; `undefined` where a class of the cluster is in its place, which is not ours to try. */
    readonly files: FileStorage | undefined;
    /** The block storage; `undefined` as above. */
    readonly block: BlockStorage | undefined;
}

/** Size of the block volume of each node: enough for a file system and a file of a MiB. */
const BLOCK_SIZE = "128Mi";
/** Free space of a node's disk in MiB, below which the images of the applications do not fit. */
const MIN_FREE_MIB = 2048;
/**
 * The image is pulled, Longhorn makes and attaches a volume, and a mount that hangs is given up by kubelet after two
 * minutes, which is when it first says so.
 */
const DEADLINE_SECONDS = 240;

/**
 * Proves on each node that storage can be used before an application needs it: a share of the NAS is mounted, written,
 * linked and cleared, a block volume is made, attached and written (which needs iSCSI and Longhorn), and the node's disk
 * has room. A job says what it found (`kubectl -n storage-preflight logs job/preflight-<node>`). Nothing of it is protected: it
 * keeps nothing, and goes with the setting, or a part of it with its node.
 */
export class StoragePreflight extends pulumi.ComponentResource {
    /** What is to use the storage waits for it. */
    readonly passed: readonly pulumi.Resource[];

    constructor(name: string, args: StoragePreflightArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:StoragePreflight", name, { nodes: args.nodes }, { ...opts, protect: false });
        const namespace = new Namespace(
            "storage-preflight",
            { podSecurity: "restricted", partOf: "storage" },
            { parent: this },
        );
        const files = args.files && this.claimOnNas(name, namespace.name, args.files);
        this.passed = args.nodes.map((node) => {
            const identity: Identity = {
                name: `preflight-${node}`,
                app: "storage",
                component: "preflight",
                partOf: "storage",
            };
            const workload = { identity, namespace: namespace.name, ...preflightPod(args, node, files) };
            return new Workload(`${name}-${node}`, workload, { parent: this }).controller;
        });
        this.registerOutputs({ nodes: args.nodes });
    }

    /**
     * One claim for all nodes, by the class that charts from elsewhere ask for. Its name follows from the NAS and from what its
     * share is mounted with: a volume keeps both, so another NAS is another claim.
     */
    private claimOnNas(name: string, namespace: pulumi.Input<string>, files: FileStorage): ExistingClaim {
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            `${name}-files`,
            {
                metadata: {
                    name: claimNameOn(files.nas),
                    namespace,
                    labels: { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" },
                    // A NAS that is away is told by the jobs, with the cure, and not by a claim that nobody knows.
                    annotations: {
                        "pulumi.com/skipAwait": "true",
                        ...holdsNoData("the preflight clears what it writes"),
                    },
                },
                spec: {
                    accessModes: ["ReadWriteMany"],
                    storageClassName: files.nfsClientClass.className,
                    resources: { requests: { storage: "1Gi" } },
                },
            },
            { parent: this, dependsOn: files.nfsClientClass.resource },
        );
        return { kind: "claim", name: "files", claimName: claim.metadata.name, needsNfs: true };
    }
}

/** The version is told where it is not the usual one. */
function claimNameOn({ address, export: path, nfsVersion }: Nas): string {
    const version = nfsVersion === "4.2" ? "" : `-nfs-${nfsVersion}`;
    return `on-${`${address}${path}${version}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}

function preflightPod({ files, block }: StoragePreflightArgs, node: string, claim: ExistingClaim | undefined) {
    const nas = files === undefined ? "" : shareOf(files.nas);
    const run: Run = {
        kind: "Job",
        retries: 0,
        deadlineSeconds: DEADLINE_SECONDS,
        keepsFailedPods: true,
        onFailure: hangingMounts(node, files?.nas),
    };
    const disk: Scratch = { kind: "scratch", name: "disk", sizeLimit: "16Mi" };
    const volume = block?.ephemeralClaim("block", BLOCK_SIZE);
    const mounts: Mount[] = [{ volume: disk, path: PREFLIGHT_PLACES.DISK }];
    if (claim !== undefined) mounts.push({ volume: claim, path: PREFLIGHT_PLACES.FILES });
    if (volume !== undefined) mounts.push({ volume, path: PREFLIGHT_PLACES.BLOCK });
    return {
        run,
        requires: { node },
        runAs: { user: 999, group: 999, volumeGroup: 999 },
        container: {
            name: "preflight",
            // Has a shell and GNU's programs, and is the smallest of those that the house has.
            image: images.redis,
            command: ["/bin/sh", "-c", PREFLIGHT_SCRIPT],
            env: {
                ...PREFLIGHT_PLACES,
                ...(claim === undefined ? { FILES: "" } : {}),
                ...(volume === undefined ? { BLOCK: "" } : {}),
                NODE: node,
                NAS: nas,
                MIN_FREE_MIB: String(MIN_FREE_MIB),
                // Not read: another driver is a reason to try again.
                DRIVERS: `csi-driver-nfs ${charts.csiDriverNfs.version}, longhorn ${charts.longhorn.version}`,
            },
            resources: { cpu: "10m", memory: { request: "16Mi", limit: "64Mi" } },
            mounts,
        },
    };
}

/**
 * What a job's error means where its container never ran, and so could say nothing itself.
 *
 * @param nas `undefined` where none is tried
 */
export function hangingMounts(node: string, nas: Nas | undefined): (errors: readonly string[]) => string | undefined {
    return (errors) => {
        const text = errors.join("\n");
        if (!text.includes("DeadlineExceeded")) return undefined;
        const stuck = `Longhorn gives node ${node} no volume; see the volume in Longhorn, and whether iscsid runs on the node`;
        const isNfs = /mount\.nfs|nfs server|nfs\.csi/i.test(text);
        const isBlock = /longhorn|AttachVolume|insufficient storage/i.test(text);
        const causes = [
            ...(nas !== undefined && (isNfs || !isBlock) ? [unmounted(node, nas, text)] : []),
            ...(isBlock || !isNfs ? [stuck] : []),
        ];
        return `storage of node ${node} was not there after ${DEADLINE_SECONDS} s: ${causes.join("; or ")}`;
    };
}

/** Why a share is not mounted. A version that the server does not speak is told by `mount.nfs`, and by nothing else. */
function unmounted(node: string, nas: Nas, text: string): string {
    const share = shareOf(nas);
    if (text.includes("Protocol not supported")) {
        const other = nas.nfsVersion === "4.2" ? `write storage.nas.nfsVersion: "4.1", or ` : "";
        return `the NAS does not speak NFS ${nas.nfsVersion}: ${share} refuses the version that node ${node} asks for (storage.nas.nfsVersion); ${other}let the NAS serve NFS ${nas.nfsVersion}`;
    }
    return `NFS server away: ${share} does not answer node ${node}, does not export that path to it, or does not speak NFS ${nas.nfsVersion}; start the NAS, see its export, its NFS versions and the storage network (homelab:storage nas)`;
}
