import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import type { S3Target } from "../object-storage";
import { charts } from "../versions";
import type { ClaimTemplate, EphemeralClaim } from "../workload";
import { generalClass, purposeClass, type BlockPurpose } from "./block-classes";
import type { BlockVolumes } from "./existing-class";
import { BACKUP_SECRET, backupCredentials, longhornValues, type BlockStorageArgs } from "./longhorn-values";
import { makeClass, type ClassSpec, type MadeClass } from "./made-class";
import { recurringJobs, recurringJobSpec } from "./recurring-jobs";

const LABELS = { "app.kubernetes.io/part-of": "storage", "app.kubernetes.io/managed-by": "pulumi" };
/** `longhorn/longhorn:chart/templates/deployment-ui.yaml`. */
const PAGE_PODS = { app: "longhorn-ui" };

/**
 * Replicated block volumes on the machines' own disks (Longhorn), in classes by purpose. What cannot be made again is kept
 * when its claim is deleted, has snapshots and, where there is a bucket for them, backups.
 */
export class BlockStorage extends pulumi.ComponentResource implements BlockVolumes {
    readonly release: k8s.helm.v3.Release;
    private readonly classes: Readonly<Record<BlockPurpose, MadeClass>>;

    constructor(name: string, args: BlockStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:storage:BlockStorage", name, { replicas: args.replicas }, opts);
        // Mounts host paths and runs privileged: that is what a storage driver is.
        const namespace = new Namespace(
            "longhorn-system",
            { podSecurity: "privileged", partOf: "storage" },
            { parent: this },
        ).name;
        this.closePage(name, namespace);
        const key = args.backups && this.createBackupKey(name, namespace, args.backups);
        this.release = chartRelease(
            `${name}-longhorn`,
            {
                releaseName: "longhorn",
                pin: charts.longhorn,
                namespace,
                values: { ...longhornValues(args) },
                timeoutSeconds: 900,
            },
            { parent: this, dependsOn: key === undefined ? [] : [key] },
        );
        this.createRecurringJobs(name, namespace, args.backups !== undefined);
        const make = (resource: string, spec: ClassSpec) =>
            makeClass(resource, spec, { parent: this, dependsOn: this.release });
        make(`${name}-class`, generalClass(args.replicas));
        const ofPurpose = (purpose: BlockPurpose) =>
            make(`${name}-class-${purpose}`, purposeClass(purpose, args.replicas));
        this.classes = {
            database: ofPurpose("database"),
            config: ofPurpose("config"),
            scratch: ofPurpose("scratch"),
        };
        this.registerOutputs({ replicas: args.replicas });
    }

    /**
     * A claim for each pod of a StatefulSet.
     * @param name of the claim, before the name of the pod.
     * @param size a Kubernetes quantity, for example `20Gi`.
     */
    claimTemplate(purpose: BlockPurpose, name: string, size: string): ClaimTemplate {
        return { kind: "template", name, size, holdsNoData: purpose === "scratch", ...this.claimed(purpose) };
    }

    /**
     * A volume that is made for one pod and goes with it.
     * @param name of the volume in its pod.
     * @param size a Kubernetes quantity.
     */
    ephemeralClaim(name: string, size: string): EphemeralClaim {
        return { kind: "ephemeral", name, size, ...this.claimed("scratch") };
    }

    private claimed(purpose: BlockPurpose): Pick<ClaimTemplate, "storageClass" | "after"> {
        const { className, resource } = this.classes[purpose];
        return { storageClass: className, after: [resource] };
    }

    /**
     * Longhorn's page asks for no password and deletes volumes; the chart's own policies let it into the manager, and everybody to
     * it: each machine carries packets from the house's network to Services and pods. `kubectl port-forward` enters the pod itself.
     */
    private closePage(name: string, namespace: pulumi.Input<string>): void {
        new k8s.networking.v1.NetworkPolicy(
            `${name}-page`,
            {
                metadata: { name: "longhorn-ui", namespace, labels: LABELS },
                spec: { podSelector: { matchLabels: PAGE_PODS }, policyTypes: ["Ingress"], ingress: [] },
            },
            // The engine refuses to delete what is protected, and this holds nothing.
            { parent: this, protect: false },
        );
    }

    private createBackupKey(name: string, namespace: pulumi.Input<string>, target: S3Target): k8s.core.v1.Secret {
        return new k8s.core.v1.Secret(
            `${name}-backup-target`,
            {
                metadata: { name: BACKUP_SECRET, namespace, labels: LABELS },
                type: "Opaque",
                stringData: backupCredentials(target),
            },
            { parent: this, protect: false },
        );
    }

    private createRecurringJobs(name: string, namespace: pulumi.Input<string>, keepsBackups: boolean): void {
        for (const job of recurringJobs(keepsBackups)) {
            new k8s.apiextensions.CustomResource(
                `${name}-${job.name}`,
                {
                    apiVersion: "longhorn.io/v1beta2",
                    kind: "RecurringJob",
                    metadata: { name: job.name, namespace, labels: LABELS },
                    spec: recurringJobSpec(job),
                },
                { parent: this, protect: false, dependsOn: this.release },
            );
        }
    }
}
