import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";

/** Files of one pod's life, on the node's disk or in memory. */
export interface Scratch {
    readonly kind: "scratch";
    readonly name: string;
    /** A Kubernetes quantity; a pod that writes more is evicted instead of filling the node. */
    readonly sizeLimit: string;
    readonly medium?: "Memory";
}

/** A claim that exists on its own and may be shared by pods. */
export interface ExistingClaim {
    readonly kind: "claim";
    readonly name: string;
    readonly claimName: pulumi.Input<string>;
    /** Whether the claim is served by the NAS, so that only nodes with an NFS client can mount it. */
    readonly needsNfs?: boolean;
}

/** A claim of each pod of a StatefulSet: `<name>-<pod>`. Immutable once created: a change replaces the StatefulSet. */
export interface ClaimTemplate {
    readonly kind: "template";
    readonly name: string;
    /** Plain text: where it depended on the class, the StatefulSet would be replaced together with it. */
    readonly storageClass: string;
    /** What makes the class, where the house does. */
    readonly after?: readonly pulumi.Resource[];
    /** A Kubernetes quantity, for example `20Gi`. */
    readonly size: string;
    /** Whether the class serves every node; by default only those that were prepared for storage. */
    readonly anyNode?: boolean;
    /** Whether it is for what can be made again, such as a cache. Default false. */
    readonly holdsNoData?: boolean;
}

/** A volume that is made for one pod and goes with it. For data that nobody misses: what is tried, never what is kept. */
export interface EphemeralClaim {
    readonly kind: "ephemeral";
    readonly name: string;
    /** Plain text, as above. */
    readonly storageClass: string;
    /** What makes the class, where the house does. */
    readonly after?: readonly pulumi.Resource[];
    /** A Kubernetes quantity. */
    readonly size: string;
}

/** A secret's or a ConfigMap's keys as files. */
export interface KeyFiles {
    readonly kind: "secret-files" | "config-files";
    readonly name: string;
    readonly objectName: pulumi.Input<string>;
    /** File mode, octal; default 0440, which root and the `volumeGroup` of the pod can read. */
    readonly mode?: number;
    /** Only these keys; default: all. */
    readonly only?: readonly string[];
    /** Whether the pod starts without it, and then finds an empty folder. Default false. */
    readonly optional?: boolean;
}

export type Volume = Scratch | ExistingClaim | ClaimTemplate | EphemeralClaim | KeyFiles;

/** Where a container sees a volume. */
export interface Mount {
    readonly volume: Volume;
    readonly path: string;
    readonly subPath?: string;
    readonly readOnly?: boolean;
}

/** The volumes of all mounts, each name once, in order of first use. */
export function volumesOf(mounts: readonly Mount[]): Volume[] {
    const byName = new Map<string, Volume>();
    for (const { volume } of mounts) {
        byName.set(volume.name, byName.get(volume.name) ?? volume);
    }
    return [...byName.values()];
}

/** What has to be there before claims of these volumes can be served. */
export function claimsComeAfter(volumes: readonly Volume[]): pulumi.Resource[] {
    return volumes.flatMap((volume) =>
        volume.kind === "template" || volume.kind === "ephemeral" ? [...(volume.after ?? [])] : [],
    );
}

export function mountSpec(mount: Mount): types.input.core.v1.VolumeMount {
    return {
        name: mount.volume.name,
        mountPath: mount.path,
        ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
        ...(mount.readOnly === true ? { readOnly: true } : {}),
    };
}

/** `undefined` for a claim template: the StatefulSet adds the volume itself. */
export function volumeSpec(volume: Volume): types.input.core.v1.Volume | undefined {
    switch (volume.kind) {
        case "scratch": {
            const medium = volume.medium === undefined ? {} : { medium: volume.medium };
            return { name: volume.name, emptyDir: { sizeLimit: volume.sizeLimit, ...medium } };
        }
        case "claim":
            return { name: volume.name, persistentVolumeClaim: { claimName: volume.claimName } };
        case "ephemeral":
            return { name: volume.name, ephemeral: { volumeClaimTemplate: { spec: claimSpec(volume) } } };
        case "secret-files":
            return {
                name: volume.name,
                secret: { secretName: volume.objectName, ...keySpec(volume) },
            };
        case "config-files":
            return {
                name: volume.name,
                configMap: { name: volume.objectName, ...keySpec(volume) },
            };
        case "template":
            return undefined;
    }
}

const CLOSED_TO_OTHERS = 0o440;

/** Whether users who neither are root nor in the pod's `volumeGroup` can read the files. */
export function isOpenToAll({ mode = CLOSED_TO_OTHERS }: KeyFiles): boolean {
    return (mode & 0o004) !== 0;
}

function keySpec({ mode, only, optional }: KeyFiles) {
    return {
        defaultMode: mode ?? CLOSED_TO_OTHERS,
        ...(only === undefined ? {} : { items: only.map((key) => ({ key, path: key })) }),
        ...(optional === true ? { optional: true } : {}),
    };
}

export function claimTemplateSpec(
    template: ClaimTemplate,
    labels: Readonly<Record<string, string>>,
): types.input.core.v1.PersistentVolumeClaim {
    return {
        metadata: { name: template.name, labels },
        spec: claimSpec(template),
    };
}

function claimSpec({ storageClass, size }: ClaimTemplate | EphemeralClaim) {
    return {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storageClass,
        resources: { requests: { storage: size } },
    };
}
