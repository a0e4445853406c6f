import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { BlockVolumes } from "../../storage";
import { objectLabels, ownPolicy, type Addresses, type Admitted, type Identity, type Reachable } from "../../workload";
import { movedAnnotations, type DatabaseServer } from "../database";
import type { ServerSize } from "../tuning";
import { Archive, type ArchivePlace } from "./archive";
import { ClusterDatabase } from "./cluster-database";
import { ARCHIVER, clusterSpec } from "./cluster-spec";
import { OPERATOR_NAMESPACE, type PostgresOperator } from "./operator";

export interface PostgresClusterArgs {
    /** Name of the cluster: its pods are `<objectName>-1`, its address `<objectName>-rw`. */
    readonly objectName: string;
    readonly partOf: string;
    readonly namespace: pulumi.Input<string>;
    readonly operator: PostgresOperator;
    readonly storage: BlockVolumes;
    /** Disk of each instance, GiB. */
    readonly sizeGiB: number;
    readonly server: ServerSize;
    /** The API servers, to which each instance reports. */
    readonly api: readonly Addresses[];
    /** Bucket of the archive; `undefined`: there is none, and no way back to a moment. */
    readonly archive: ArchivePlace | undefined;
    /** Who reads figures, port 9187; `undefined`: nobody. */
    readonly scrapers: readonly Admitted[] | undefined;
    /** Who runs the server that its data moves to; default: it is in use. */
    readonly movedTo?: string | undefined;
}

/** With fewer than three, a dead host leaves nobody to agree with. */
export const INSTANCES = 3;
const POSTGRES = 5432;
/** Where an instance tells the operator how it is. */
const STATUS = 8000;
const METRICS = 9187;

/** Three PostgreSQL servers on three hosts, one of which writes; another takes over within seconds. */
export class PostgresCluster extends pulumi.ComponentResource implements DatabaseServer {
    readonly reachable: Reachable;
    private readonly args: PostgresClusterArgs;
    private readonly cluster: k8s.apiextensions.CustomResource;

    constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:PostgresCluster", name, { instances: INSTANCES }, opts);
        this.args = args;
        const { namespace, operator } = args;
        // The labels that the operator gives to the pods of a cluster; they cannot be chosen.
        const identity: Identity = {
            ...{ name: args.objectName, app: "postgresql", component: "database", partOf: args.partOf },
        };
        this.reachable = { kind: "workload", identity, namespace, port: POSTGRES };
        const child = { parent: this };
        const archive = args.archive && new Archive(`${name}-archive`, { identity, namespace, ...args.archive }, child);
        const metadata = { name: identity.name, namespace, labels: objectLabels(identity) };
        this.createNetwork(name, identity, archive);
        const claim = args.storage.claimTemplate("database", "data", `${args.sizeGiB}Gi`);
        this.cluster = new k8s.apiextensions.CustomResource(
            `${name}-cluster`,
            {
                apiVersion: "postgresql.cnpg.io/v1",
                kind: "Cluster",
                metadata: {
                    ...metadata,
                    annotations: { "pulumi.com/waitFor": "condition=Ready", ...movedAnnotations(args.movedTo) },
                },
                spec: clusterSpec({
                    instances: INSTANCES,
                    storageClass: claim.storageClass,
                    anyNode: claim.anyNode === true,
                    sizeGiB: args.sizeGiB,
                    server: args.server,
                    archive: archive?.ofCluster,
                }),
            },
            {
                parent: this,
                dependsOn: [operator.release, ...(claim.after ?? []), ...(args.archive ? [args.archive.archiver] : [])],
            },
        );
        if (archive !== undefined) this.createBackup(name, metadata);
        this.registerOutputs();
    }

    /** A database with an owner of the same name; its secret tells the address of whoever writes at the time. */
    database(databaseName: string): ClusterDatabase {
        const { objectName, namespace, partOf } = this.args;
        return new ClusterDatabase(
            `${objectName}-${databaseName.replaceAll("_", "-")}`,
            {
                databaseName,
                clusterName: objectName,
                cluster: this.cluster,
                reachable: this.reachable,
                namespace,
                partOf,
            },
            { parent: this },
        );
    }

    private createNetwork(name: string, identity: Identity, archive: Archive | undefined): void {
        const { namespace, api, scrapers } = this.args;
        const peers: Admitted = {
            kind: "pods",
            namespace,
            labels: { "cnpg.io/cluster": identity.name },
            ports: [POSTGRES, STATUS],
        };
        const operator: Admitted = {
            kind: "pods",
            namespace: OPERATOR_NAMESPACE,
            labels: { "app.kubernetes.io/name": "cloudnative-pg" },
            ports: [POSTGRES, STATUS],
        };
        const admits = [peers, operator, ...(scrapers ?? []).map((peer) => ({ ...peer, ports: [METRICS] }))];
        const reaches = [peers, ...api, ...(archive === undefined ? [] : [archive.reachable])];
        new k8s.networking.v1.NetworkPolicy(
            `${name}-network`,
            ownPolicy(identity, namespace, [POSTGRES, STATUS, METRICS], admits, reaches),
            { parent: this },
        );
    }

    private createBackup(name: string, metadata: { name: string; namespace: pulumi.Input<string> }): void {
        new k8s.apiextensions.CustomResource(
            `${name}-base-backup`,
            {
                apiVersion: "postgresql.cnpg.io/v1",
                kind: "ScheduledBackup",
                metadata,
                spec: {
                    // Six fields, seconds first.
                    schedule: "0 0 3 * * *",
                    immediate: true,
                    backupOwnerReference: "self",
                    cluster: { name: this.args.objectName },
                    method: "plugin",
                    pluginConfiguration: { name: ARCHIVER },
                },
            },
            { parent: this, dependsOn: this.cluster },
        );
    }
}
