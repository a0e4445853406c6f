import type { MountUsage } from "./mounts";

/** A refusal with the status that the real driver would give. */
export class CsiError extends Error {
    constructor(
        readonly code: "INVALID_ARGUMENT" | "NOT_FOUND" | "ABORTED" | "INTERNAL" | "UNIMPLEMENTED",
        message: string,
    ) {
        super(message);
    }
}

/** A volume as kubelet asks a driver to mount it. */
export interface VolumeRequest {
    readonly handle: string;
    readonly attributes: Readonly<Record<string, string>>;
    /** Empty: the driver's own choice. */
    readonly fsType: string;
    readonly mountFlags: readonly string[];
    /** Whether the pod wants a device instead of a file system. */
    readonly block: boolean;
    /** Whether several nodes may write. */
    readonly shared: boolean;
}

/** What a CSI driver does on one node. Everything may be asked twice, and then changes nothing. */
export interface NodeDriver {
    /** For example `nfs.csi.k8s.io`. */
    readonly name: string;
    readonly version: string;
    readonly capabilities: readonly ("STAGE_UNSTAGE_VOLUME" | "GET_VOLUME_STATS")[];
    /** Once a node, before the first pod. @param stagingPath a folder that is there. */
    stage?(volume: VolumeRequest, stagingPath: string): Promise<void>;
    unstage?(handle: string, stagingPath: string): Promise<void>;
    /** Once a pod. */
    publish(volume: VolumeRequest, stagingPath: string, targetPath: string, readOnly: boolean): Promise<void>;
    unpublish(handle: string, targetPath: string): Promise<void>;
    usage(path: string): Promise<MountUsage>;
}
