import { z } from "zod";
import { ipv4 } from "./addressing";
import { choice, count, field, flag, gibibytes, group, list } from "./field";
import { gpuModel } from "./hosts";
import { name } from "./naming";
import { sshPublicKey } from "./ssh-key";

/** One virtual machine, which is one Kubernetes node of the same name. */
const machineSchema = group("One virtual machine and Kubernetes node.", {
    name: name("Name of the machine and of its node."),
    host: name("Name of the host that it runs on; its failure domain."),
    vmId: count("Number of the machine in Proxmox, unique in its cluster.", {
        min: 100,
        max: 999_999_999,
        rule: "Proxmox keeps the numbers below 100 for itself",
    }),
    address: ipv4("Address of the machine, inside network.lan.cidr."),
    gpu: flag("Whether the host's GPU is passed through to this machine. Default: false.").default(false),
});

function machineGroup(meaning: string, rules: { minMemoryGiB: number; memoryRule: string; machines: number }) {
    return group(meaning, {
        cores: count("CPU cores of each machine.", {
            min: 1,
            max: 128,
            unit: "cores",
            rule: "a machine has at least one core",
        }),
        memoryGiB: gibibytes("Memory of each machine in GiB.", {
            min: rules.minMemoryGiB,
            max: 1024,
            rule: rules.memoryRule,
        }),
        diskGiB: gibibytes("Disk of each machine in GiB.", {
            min: 20,
            max: 16_384,
            rule: "system, images and logs alone take about 15 GiB",
        }),
        machines: list(machineSchema, "The machines.", {
            min: rules.machines,
            max: 64,
            rule: "each is written out, so that its number and address never move",
        }),
    });
}

/** A node that somebody else runs; the program makes the configuration that lets it join, and does not wait for it. */
const joinedNodeSchema = group("A node that joins the cluster without being a machine of ours.", {
    name: name("Name of the node."),
    architecture: choice(
        ["amd64", "arm64"],
        "Processor architecture of the node.",
        "images are chosen by architecture",
    ),
    nfs: flag(
        "Whether it can mount NFS. Default: false; then nothing that needs the library is ever scheduled on it.",
    ).default(false),
    gpu: gpuModel(
        "Word of the node label homelab/gpu, where it has a GPU whose device plugin you run on it. Default: none.",
    ).optional(),
});

/** The Kubernetes cluster and its machines. */
export const clusterSchema = group("The Kubernetes cluster and its machines.", {
    kind: field(
        z.literal("k3s"),
        "k3s: the cluster is built, on machines of the Proxmox hosts. existing: it is there already, and has other settings. Default: k3s.",
        {
            is: "k3s or existing",
            rule: "a cluster is built, or there already",
            write: "write k3s or existing, or leave it out for k3s",
        },
    ).default("k3s"),
    name: name("Name of the cluster, and of its context in the kubeconfig."),
    virtualAddress: ipv4(
        "Address of the API server, whichever server is away: kube-vip on the servers hands it from one to the next. Free, inside network.lan.cidr, and not handed out by DHCP. Leave it out only where there is one server. To change it later takes a hand: while `pulumi up` waits for the nodes, start the servers anew, one after the other, and run `k3s certificate rotate` in each while its k3s is stopped: docs/how-to/work-in-a-machine.md.",
    ).optional(),
    upgrades: choice(
        ["off", "automatic"],
        "What happens when the program is given a newer k3s. automatic: after `pulumi up` the nodes are upgraded, one after the other, servers first, and drained before where their pods have another host to go to; the controller that does it is root on every node. Nodes that are there when it is switched on are done once, whatever they run. off: a node gets it when its machine is shut down and started again by hand. Default: off.",
        "whoever drains the nodes of a house should have been told to",
    ).default("off"),
    sshAuthorizedKeys: list(
        sshPublicKey("A public key, one line of a .pub file."),
        "Who may log in to the machines over SSH, as debian, who may use sudo: these keys and no others. Leave it out, and nobody may; that a list was there before is taken back by an empty one. A change counts for machines that are made from then on, and for each other at its next cold start: docs/how-to/work-in-a-machine.md.",
        { min: 0, max: 16, rule: "each key is root on every node, so a house knows whose they are" },
    ).optional(),
    servers: machineGroup("Machines of the control plane with etcd; an odd number of them.", {
        minMemoryGiB: 2,
        memoryRule: "a k3s server needs 2 GiB",
        machines: 1,
    }),
    agents: machineGroup("Machines of the workloads.", {
        minMemoryGiB: 1,
        memoryRule: "a k3s agent needs 1 GiB",
        machines: 1,
    })
        .describe("Machines of the workloads. Leave it out, and the servers carry the workloads themselves.")
        .optional(),
    joined: list(joinedNodeSchema, "Nodes that others run and join. Default: none.", {
        min: 0,
        max: 64,
        rule: "each is named, so that it gets a configuration of its own to join with",
    }).default([]),
});
