import { cidr } from "./addressing";
import { choice, flag, group, list, text } from "./field";
import { gpuModel } from "./hosts";
import { name, nodeName } from "./naming";

/** Class of volumes that the cluster has. */
function storageClass(meaning: string) {
    return nodeName(meaning, {
        is: "the name of a storage class",
        write: "write a name from `kubectl get storageclass`",
    }).optional();
}

const existingNodeSchema = group("A node of the cluster that the house may use.", {
    name: nodeName("Name of the node, as `kubectl get nodes` shows it.", {
        is: "the name of a node",
        write: "write a name from `kubectl get nodes`",
    }),
    host: name(
        "What fails with the node: a physical machine, or the zone where the provider has any. Nodes with the same word fail together. Leave it out for a node that fails alone.",
    ).optional(),
    architecture: choice(
        ["amd64", "arm64"],
        "Processor architecture of the node. Default: amd64.",
        "images are chosen by architecture",
    ).default("amd64"),
    nfs: flag(
        "Whether the node has the programs for storage over the network: an NFS client, and an iSCSI client for Longhorn. Default: false.",
    ).default(false),
    gpu: gpuModel(
        "Model of the node's GPU, for the label homelab/gpu. Leave it out for a node without one.",
    ).optional(),
    gpuVendor: choice(
        ["intel", "nvidia", "amd"],
        "Maker of the node's GPU. Default: intel.",
        "each maker's GPUs are handed out by its own device plugin",
    ).default("intel"),
});

/** A cluster that somebody else runs. Its kubeconfig is a secret and not in here. */
export const existingClusterSchema = group("A cluster that is there already: managed by a provider, or kind or k3d.", {
    kind: choice(
        ["existing"],
        "existing: the cluster is there, and nothing of it is built.",
        "k3s is built on Proxmox",
    ),
    name: name("Name of the cluster; part of the names of what is kept for it."),
    context: text(/^\S{1,253}$/, "Context of the kubeconfig. Leave it out for the one that it names as current.", {
        is: "the name of a context",
        rule: "a name without spaces",
        write: "write a name from `kubectl config get-contexts`, or leave it out",
    }).optional(),
    nodes: list(existingNodeSchema, "The nodes that the house may use. Others are left alone.", {
        min: 1,
        max: 64,
        rule: "each is named, so that the program knows whom to wait for and where replicas may go",
    }),
    storageClasses: group("Storage classes that the cluster has.", {
        block: storageClass(
            "Class of volumes that one pod uses (ReadWriteOnce). Leave it out, and Longhorn is installed on the nodes with nfs: true.",
        ),
        shared: storageClass(
            "Class of volumes that several pods use (ReadWriteMany; on a cluster of one node, ReadWriteOnce is enough), for the library too. Leave it out where storage.nas is there.",
        ),
    }).prefault({}),
    network: group("Networks by which Jellyfin tells who is at home.", {
        pods: cidr(
            "Network of Traefik's pods, whose word for the address of a client is taken: the cluster's pod network.",
        ),
        lan: cidr(
            "Network of those who are at home. Leave it out, and everybody with a private address is.",
        ).optional(),
    })
        .describe(
            "Networks by which Jellyfin tells who is at home. Leave it out where everybody who reaches Jellyfin is: it takes all of them for that then.",
        )
        .optional(),
    certManager: choice(
        ["own", "present"],
        "Whose cert-manager issues certificates. own: the house installs its own. present: the cluster has one (its kinds are cert-manager.io/v1), which is used and not touched. Default: own.",
        "two of them would answer the same requests",
    ).default("own"),
    ingress: group("The Traefik that takes requests from outside; with its custom resource definitions.", {
        namespace: name("Namespace of Traefik's pods. Default: kube-system, where k3s and k3d have it.").default(
            "kube-system",
        ),
    }).prefault({}),
});
