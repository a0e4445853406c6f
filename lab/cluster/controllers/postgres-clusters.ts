import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { createAuthority } from "../../pki/certificate";
import { pause } from "../../pause";

export interface PostgresClustersOptions {
    readonly client: KubeClient;
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

interface Cluster extends KubeObject {
    spec: { instances?: number };
    status?: { readyInstances?: number };
}

interface Applicable extends KubeObject {
    status?: { applied?: boolean; observedGeneration?: number };
}

const ROOT = "/apis/postgresql.cnpg.io/v1";
const LOOK_MS = 2_000;

/**
 * Says of clusters, databases and roles what CloudNativePG would say when all goes well, where no containers run: without
 * it whoever waits for one waits for ever. Beside that there is what others ask for: the secret with the authority and the
 * Service of whoever writes. No instance is made.
 */
export class PostgresClusters {
    constructor(private readonly options: PostgresClustersOptions) {}

    /** Ends with the signal. */
    async run(): Promise<void> {
        const { client, signal, log } = this.options;
        // The kinds come with the chart.
        const served = () => client.find(`${ROOT}/clusters`).catch(() => undefined);
        while (!signal.aborted && !(await served())) await pause(LOOK_MS, signal);
        const objects = (plural: string) => ({
            client,
            path: `${ROOT}/${plural}`,
            signal,
            log,
            deleted: () => undefined,
        });
        void follow<Cluster>({ ...objects("clusters"), changed: (cluster) => this.settle(cluster) });
        for (const plural of ["databases", "databaseroles"])
            void follow<Applicable>({ ...objects(plural), changed: (object) => this.applied(plural, object) });
    }

    private async settle(cluster: Cluster): Promise<void> {
        const { name = "" } = cluster.metadata;
        const instances = cluster.spec.instances ?? 1;
        if (cluster.status?.readyInstances === instances) return;
        await this.makeAuthority(cluster);
        await this.options.client.apply(
            this.pathIn(cluster, "services", `${name}-rw`),
            {
                ...{ apiVersion: "v1", kind: "Service", metadata: childOf(cluster, `${name}-rw`) },
                spec: {
                    selector: { "cnpg.io/cluster": name, "cnpg.io/instanceRole": "primary" },
                    ports: [{ name: "postgres", port: 5432, targetPort: 5432 }],
                },
            },
            FIELD_MANAGER,
        );
        await this.say("clusters", cluster, {
            ...{ instances, readyInstances: instances, phase: "Cluster in healthy state" },
            ...{ currentPrimary: `${name}-1`, targetPrimary: `${name}-1` },
            conditions: [
                {
                    ...{ type: "Ready", status: "True", reason: "ClusterIsReady", message: "Cluster is Ready" },
                    lastTransitionTime: new Date().toISOString(),
                },
            ],
        });
    }

    private async makeAuthority(cluster: Cluster): Promise<void> {
        const name = `${cluster.metadata.name ?? ""}-ca`;
        const path = this.pathIn(cluster, "secrets", name);
        if (await this.options.client.find(path)) return;
        const { certificate, key } = await createAuthority(name);
        const secret = {
            ...{ apiVersion: "v1", kind: "Secret", metadata: childOf(cluster, name), type: "Opaque" },
            stringData: { "ca.crt": certificate, "ca.key": key },
        };
        await this.options.client.apply(path, secret, FIELD_MANAGER);
    }

    private async applied(plural: string, object: Applicable): Promise<void> {
        const { generation = 1 } = object.metadata;
        if (object.status?.applied === true && object.status.observedGeneration === generation) return;
        await this.say(plural, object, { applied: true, observedGeneration: generation });
    }

    private async say(plural: string, { metadata }: KubeObject, status: object): Promise<void> {
        const { namespace = "", name = "" } = metadata;
        await this.options.client.request("PATCH", `${ROOT}/namespaces/${namespace}/${plural}/${name}/status`, {
            ...{ body: { status }, contentType: "application/merge-patch+json" },
        });
    }

    private pathIn(cluster: Cluster, plural: string, name: string): string {
        return `/api/v1/namespaces/${cluster.metadata.namespace ?? ""}/${plural}/${name}`;
    }
}

const FIELD_MANAGER = "cloudnative-pg";

/** Goes with its cluster. */
function childOf({ apiVersion = "postgresql.cnpg.io/v1", metadata }: Cluster, name: string) {
    const { uid = "", namespace = "" } = metadata;
    return {
        ...{ name, namespace },
        ownerReferences: [{ apiVersion, kind: "Cluster", name: metadata.name ?? "", uid, controller: true }],
    };
}
