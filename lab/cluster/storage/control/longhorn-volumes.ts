import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { KubeClient } from "../../../kube/client";
import { DRIVERS } from "../annotations";
import { disksOf, placeReplicas, REPLICAS_ANNOTATION } from "./capacity";
import { readLonghornSettings } from "./longhorn-settings";
import { listOf, PATHS, type Claim, type MadeVolume, type Node, type StorageClass } from "./objects";
import type { Volume, VolumeMaker } from "./objects";
import { bytesOf } from "./quantity";

/** File of a block volume in the folder of all. */
export function imageName(handle: string): string {
    return `${handle}.img`;
}

/** Makes block volumes: copies are counted on the disks of the storage nodes, the bytes lie in one sparse file. */
export class LonghornVolumes implements VolumeMaker {
    /**
     * @param folder where the files lie; `undefined` where no node has containers that could write.
     * @param storageNodes names of the nodes whose manager is ready.
     */
    constructor(
        private readonly client: KubeClient,
        private readonly folder: string | undefined,
        private readonly storageNodes: () => ReadonlySet<string>,
    ) {}

    async create(name: string, claim: Claim, storageClass: StorageClass): Promise<MadeVolume> {
        const parameters = storageClass.parameters ?? {};
        const size = bytesOf(claim.spec.resources?.requests?.storage ?? "1Gi");
        const settings = await readLonghornSettings(this.client);
        const asked = Number(parameters["numberOfReplicas"] ?? settings.replicas);
        const known = this.storageNodes();
        const nodes = (await listOf<Node>(this.client, PATHS.nodes)).filter(({ metadata }) =>
            known.has(metadata.name ?? ""),
        );
        const volumes = (await listOf<Volume>(this.client, PATHS.volumes)).filter(
            ({ spec }) => spec.csi?.driver === DRIVERS.longhorn,
        );
        const disks = disksOf(nodes, volumes, (volume) => this.usedBytes(volume));
        const replicas = placeReplicas(disks, size, asked, settings);
        if (this.folder !== undefined) makeSparse(this.folder, name, size);
        return {
            handle: name,
            attributes: parameters,
            // Longhorn starts its provisioner with `--default-fstype=ext4`; without a type, kubelet sets no group.
            fsType: parameters["csi.storage.k8s.io/fstype"] ?? parameters["fsType"] ?? "ext4",
            annotations: { [REPLICAS_ANNOTATION]: replicas.join(",") },
        };
    }

    async remove(volume: Volume): Promise<void> {
        const handle = volume.spec.csi?.volumeHandle;
        if (this.folder !== undefined && handle !== undefined)
            rmSync(join(this.folder, imageName(handle)), { force: true });
    }

    private usedBytes(volume: Volume): number {
        if (this.folder === undefined) return 0;
        const file = join(this.folder, imageName(volume.spec.csi?.volumeHandle ?? ""));
        // A file counts its blocks in units of 512 bytes, whatever the file system's are.
        return (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
    }
}

function makeSparse(folder: string, name: string, size: number): void {
    mkdirSync(folder, { recursive: true });
    const file = openSync(join(folder, imageName(name)), "a", 0o600);
    try {
        ftruncateSync(file, size);
    } finally {
        closeSync(file);
    }
}
