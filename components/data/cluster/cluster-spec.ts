import type * as pulumi from "@pulumi/pulumi";
import { images } from "../../versions";
import { HOST_LABEL, NFS_LABEL } from "../../workload";
import { tunedFor, type ServerSize } from "../tuning";

/** Where the plugin keeps what a cluster writes. */
export interface ClusterArchive {
    /** Name of the `ObjectStore`. */
    readonly storeName: pulumi.Input<string>;
    /** Folder of the store that is this cluster's alone. */
    readonly serverName: pulumi.Input<string>;
}

export interface ClusterShape {
    /** Instances, each on a host of its own. */
    readonly instances: number;
    readonly storageClass: string;
    /** Whether volumes of that class can be mounted by nodes that were not prepared for storage. */
    readonly anyNode: boolean;
    /** Disk of each instance, GiB. */
    readonly sizeGiB: number;
    readonly server: ServerSize;
    /** `undefined`: there is none. */
    readonly archive: ClusterArchive | undefined;
}

/** Name by which the operator knows the plugin. */
export const ARCHIVER = "barman-cloud.cloudnative-pg.io";

/**
 * A user enters the database of his own name and no other; the operator puts its own lines before these. Without them
 * every user may connect to every database.
 */
const WHO_ENTERS = ["host sameuser all all scram-sha-256", "host all all all reject"];

/**
 * Seconds for which an instance that writes is believed to live after it last said so. One that died with its machine, or
 * whose pod was taken away by force, cannot give its lease back, and nobody is promoted before that is over: the defaults,
 * 15, 10 and 2, are an outage of their own. One that loses the API server meanwhile goes on, and stops only where another
 * one holds the lease.
 */
const PRIMARY_LEASE = { leaseDurationSeconds: 3, renewDeadlineSeconds: 2, retryPeriodSeconds: 1 };

/**
 * How soon a standby asks again for somebody who writes: a commit waits for a standby, so the default of five seconds would
 * be an outage after each change of who writes.
 */
const STANDBY_SETTINGS = { wal_retrieve_retry_interval: "1s" };

/**
 * Seconds that a server which does not answer gets before another one takes over. One that was killed is back within five, of
 * which the operator notices the last ones; to change who writes takes longer than that where each standby asks an archive
 * first, and the one that is back holds it up. Without an archive it is as quick, and no reason to wait.
 */
const RESTART_SECONDS = 3;

/**
 * Part of the disk for what standbys that are away have yet to get. Without a limit a host that stays off fills the disks of
 * the others, 4.5 GiB a day where little is written, and then nobody writes (CloudNativePG 1.30: docs, "Replication", capping
 * the WAL size retained for replication slots). A standby that fell further behind reads the archive, or is made anew.
 */
const PART_FOR_STANDBYS = 1 / 3;

/** Spec of a `Cluster` of CloudNativePG 1.30. */
export function clusterSpec(shape: ClusterShape): Record<string, unknown> {
    const { instances, storageClass, anyNode, sizeGiB, server, archive } = shape;
    const forStandbysMiB = Math.floor(sizeGiB * 1024 * PART_FOR_STANDBYS);
    return {
        instances,
        imageName: images.postgresInstance,
        primaryUpdateStrategy: "unsupervised",
        // The new primary is caught up before the old one stops: no commit is lost, and writes wait for seconds.
        primaryUpdateMethod: "switchover",
        // Seconds that the old primary gets for it; the default is an hour, in which nobody could write.
        switchoverDelay: 60,
        // Clients keep their connections for good: to wait for them lets nobody new in for three minutes, the default.
        smartShutdownTimeout: 0,
        primaryLease: PRIMARY_LEASE,
        // By default both are asked every ten seconds, and for so long nobody may enter a server that is back.
        probes: { startup: { periodSeconds: 1 }, readiness: { periodSeconds: 1 } },
        enablePDB: true,
        enableSuperuserAccess: false,
        bootstrap: { initdb: { encoding: "UTF8", localeCollate: "C", localeCType: "C", dataChecksums: true } },
        postgresql: {
            parameters: {
                ...{ ...tunedFor(server), ...STANDBY_SETTINGS },
                max_slot_wal_keep_size: `${forStandbysMiB}MB`,
            },
            pg_hba: WHO_ENTERS,
            synchronous: synchronous(),
        },
        affinity: placement(anyNode),
        storage: { size: `${sizeGiB}Gi`, storageClass },
        resources: {
            requests: { cpu: "250m", memory: `${Math.ceil(server.memoryMiB / 2)}Mi` },
            limits: { memory: `${server.memoryMiB}Mi` },
        },
        ...(archive === undefined ? {} : { plugins: [archiving(archive)], failoverDelay: RESTART_SECONDS }),
    };
}

/**
 * Every commit is on two hosts before the client hears of it, and the operator promotes only who surely has it. With
 * one host dead a second standby is left; with two dead, writes wait.
 */
function synchronous(): Record<string, unknown> {
    return { method: "any", number: 1, dataDurability: "required", failoverQuorum: true };
}

function archiving({ storeName, serverName }: ClusterArchive): Record<string, unknown> {
    return { name: ARCHIVER, isWALArchiver: true, parameters: { barmanObjectName: storeName, serverName } };
}

function placement(anyNode: boolean): Record<string, unknown> {
    const prepared = { key: NFS_LABEL, operator: "In", values: ["true"] };
    return {
        enablePodAntiAffinity: true,
        podAntiAffinityType: "required",
        topologyKey: HOST_LABEL,
        nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                    {
                        matchExpressions: [{ key: HOST_LABEL, operator: "Exists" }, ...(anyNode ? [] : [prepared])],
                    },
                ],
            },
        },
    };
}
