import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { objectLabels, type Destination, type Env, type Identity, type Reachable } from "../../workload";
import { connectionEnv, LIBPQ_NAMES, trust, type Connection, type ConnectionKey, type Database } from "../database";
import { Password } from "../password";

export interface ClusterDatabaseArgs {
    /** Name of the database and of the user who owns it. */
    readonly databaseName: string;
    readonly clusterName: string;
    readonly cluster: pulumi.Resource;
    readonly reachable: Reachable;
    readonly namespace: pulumi.Input<string>;
    readonly partOf: string;
}

/** One database of a cluster and its owner, both made by the operator. Neither goes when the object does. */
export class ClusterDatabase extends pulumi.ComponentResource implements Database {
    readonly databaseName: string;
    readonly secretName: pulumi.Output<string>;
    readonly reachable: Reachable;
    readonly ready: pulumi.Resource;
    readonly connection: Connection;

    constructor(name: string, args: ClusterDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:ClusterDatabase", name, { databaseName: args.databaseName }, opts);
        const { databaseName, clusterName, namespace, partOf } = args;
        this.databaseName = databaseName;
        this.reachable = args.reachable;
        const identity: Identity = { name, app: "postgresql", component: "database-owner", partOf };
        const owner = new Password(
            `${name}-owner`,
            {
                ...{ secretName: name, namespace, identity, type: "kubernetes.io/basic-auth" },
                with: {
                    // Always the one that writes.
                    host: pulumi.interpolate`${clusterName}-rw.${namespace}.svc`,
                    port: String(args.reachable.port),
                    database: databaseName,
                    username: databaseName,
                },
            },
            { parent: this },
        );
        this.secretName = owner.secretName;
        // The operator's own authority; its secret holds the key as well, which no pod of ours may see.
        const { env, mounts } = trust("verify-full", {
            ...{
                kind: "secret-files",
                name: "authority",
                objectName: `${clusterName}-ca`,
                only: ["ca.crt"],
                mode: 0o444,
            },
        });
        this.connection = { env: { ...connectionEnv(this.secretName, LIBPQ_NAMES), ...env }, mounts };
        this.ready = this.createObjects(name, args, identity);
        this.registerOutputs({ secretName: this.secretName });
    }

    get reaches(): readonly Destination[] {
        return [this.reachable];
    }

    env(names: Readonly<Record<ConnectionKey, string>>): Env {
        return connectionEnv(this.secretName, names);
    }

    private createObjects(name: string, args: ClusterDatabaseArgs, identity: Identity): pulumi.Resource {
        const { databaseName, clusterName, namespace, cluster } = args;
        const object = (kind: "DatabaseRole" | "Database", spec: Record<string, unknown>) => ({
            apiVersion: "postgresql.cnpg.io/v1",
            kind,
            metadata: {
                name,
                namespace,
                labels: objectLabels(identity),
                annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
            },
            spec: { cluster: { name: clusterName }, name: databaseName, ...spec },
        });
        const role = new k8s.apiextensions.CustomResource(
            `${name}-role`,
            object("DatabaseRole", {
                login: true,
                databaseRoleReclaimPolicy: "retain",
                passwordSecret: { name: this.secretName },
            }),
            { parent: this, dependsOn: cluster },
        );
        return new k8s.apiextensions.CustomResource(
            `${name}-database`,
            object("Database", {
                owner: databaseName,
                databaseReclaimPolicy: "retain",
                encoding: "UTF8",
                template: "template0",
            }),
            { parent: this, dependsOn: role },
        );
    }
}
