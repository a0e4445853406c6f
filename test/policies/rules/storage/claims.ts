import type { ResourceFact } from "../../../../policies/model/fact";
import { fact, workload } from "../../house";

type Props = Readonly<Record<string, unknown>>;

/** The class of the file server, and that of the block storage. */
export function storageClasses(): readonly ResourceFact[] {
    return (["nfs.csi.k8s.io", "driver.longhorn.io"] as const).map((provisioner) =>
        fact("kubernetes:storage.k8s.io/v1:StorageClass", {
            metadata: { name: provisioner === "nfs.csi.k8s.io" ? "files-shared" : "block-replicated" },
            provisioner,
        }),
    );
}

/** A claim of files, unless told otherwise. */
export function claim(spec: Props = {}, metadata: Props = {}): ResourceFact {
    return fact("kubernetes:core/v1:PersistentVolumeClaim", {
        metadata: { name: "files", namespace: "media", ...metadata },
        spec: { accessModes: ["ReadWriteMany"], storageClassName: "files-shared", ...spec },
    });
}

/** The volume `files` of a pod as one that is made for it and goes with it. */
export function ephemeral(storageClassName: unknown): Props {
    const volumeClaimTemplate = { spec: { accessModes: ["ReadWriteOnce"], storageClassName } };
    return { persistentVolumeClaim: undefined, ephemeral: { volumeClaimTemplate } };
}

/** A share of the file server as a volume of its own. */
export function share(name: string, spec: Props = {}): ResourceFact {
    const volumeAttributes = { server: "192.0.2.10", share: "/pool" };
    return fact("kubernetes:core/v1:PersistentVolume", {
        metadata: { name },
        spec: { csi: { driver: "nfs.csi.k8s.io", volumeAttributes }, ...spec },
    });
}

interface Parts {
    readonly name?: string;
    readonly namespace?: string;
    readonly type?: string;
    readonly replicas?: unknown;
    readonly pod?: Props;
    readonly mount?: Props;
    readonly container?: Props;
    readonly volume?: Props;
    readonly annotations?: Props;
}

/** One pod that mounts the claim `files` at /data, unless told otherwise. */
export function reader({ pod, mount, volume, container, ...parts }: Parts = {}): ResourceFact {
    const volumeMounts = [{ name: "files", mountPath: "/data", ...mount }];
    const volumes = [{ name: "files", persistentVolumeClaim: { claimName: "files" }, ...volume }];
    return workload({ replicas: 1, ...parts, container: { volumeMounts, ...container }, pod: { volumes, ...pod } });
}
