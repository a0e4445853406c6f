import { NODE_DISK_ANNOTATION } from "../annotations";
import type { LonghornSettings } from "./longhorn-settings";
import type { Node, Volume } from "./objects";
import { bytesOf, gibibytes } from "./quantity";

/** On a volume: names of the nodes that keep a copy, joined by commas. */
export const REPLICAS_ANNOTATION = "lab.homelab/replicas";

/** A storage node's disk, sizes in bytes. */
export interface Disk {
    readonly node: string;
    /** The host, for copies that must not share one. */
    readonly zone: string;
    readonly size: number;
    /** Sum of the sizes of the copies that were placed here. */
    readonly scheduled: number;
    /** What those copies really take. */
    readonly used: number;
}

/**
 * Disks of the storage nodes with what the volumes take of them.
 * @param usedBytes what a volume's file takes, bytes.
 */
export function disksOf(
    nodes: readonly Node[],
    volumes: readonly Volume[],
    usedBytes: (volume: Volume) => number,
): Disk[] {
    return nodes.map((node) => {
        const name = node.metadata.name ?? "";
        const here = volumes.filter((volume) => replicaNodes(volume).includes(name));
        const size = node.metadata.annotations?.[NODE_DISK_ANNOTATION] ?? node.status?.capacity?.["ephemeral-storage"];
        return {
            node: name,
            zone: node.metadata.labels?.["topology.kubernetes.io/zone"] ?? name,
            size: bytesOf(size ?? "0"),
            scheduled: sum(here.map((volume) => bytesOf(volume.spec.capacity?.storage ?? "0"))),
            used: sum(here.map(usedBytes)),
        };
    });
}

/**
 * Chooses a node for each copy, the emptiest disks first, as Longhorn's scheduler does: a copy fits where the sizes in all
 * stay within the provisioning limit and enough of the disk is really free.
 * @param size of one copy, bytes.
 * @returns names of the nodes; fewer than asked for only where a degraded volume is allowed.
 * @throws Error saying what is needed and what each disk has left.
 */
export function placeReplicas(
    disks: readonly Disk[],
    size: number,
    replicas: number,
    settings: LonghornSettings,
): string[] {
    const left = (disk: Disk) =>
        Math.floor((disk.size * (100 - settings.reservedPercent) * settings.overProvisioningPercent) / 10_000) -
        disk.scheduled;
    const hasRoom = (disk: Disk) =>
        size <= left(disk) && disk.size - disk.used > (disk.size * settings.minimalAvailablePercent) / 100;
    const chosen: Disk[] = [];
    for (const disk of disks.filter(hasRoom).sort((a, b) => left(b) - left(a))) {
        if (chosen.length === replicas) break;
        if (settings.zoneSoftAntiAffinity || !chosen.some(({ zone }) => zone === disk.zone)) chosen.push(disk);
    }
    if (chosen.length === 0 || (chosen.length < replicas && !settings.degradedAllowed))
        throw new Error(
            noRoom(
                disks.map((disk) => ({ disk, left: left(disk) })),
                size,
                replicas,
                settings,
            ),
        );
    return chosen.map(({ node }) => node);
}

function noRoom(
    disks: readonly { disk: Disk; left: number }[],
    size: number,
    replicas: number,
    settings: LonghornSettings,
): string {
    const apart = settings.zoneSoftAntiAffinity ? "each on a node of its own" : "each on a host of its own";
    const available = disks.map(
        ({ disk, left }) =>
            `${disk.node} on ${disk.zone} has ${gibibytes(Math.max(0, left))} of ${gibibytes(disk.size)} left`,
    );
    return (
        `precheck new replica failed: insufficient storage: needed ${replicas} x ${gibibytes(size)}, ${apart}; ` +
        `available: ${available.join(", ") || "no storage node is ready"} ` +
        `(${settings.reservedPercent} % of a disk are reserved, ${settings.overProvisioningPercent} % of the rest may be promised)`
    );
}

function replicaNodes(volume: Volume): string[] {
    return (volume.metadata.annotations?.[REPLICAS_ANNOTATION] ?? "").split(",");
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, one) => total + one, 0);
}
