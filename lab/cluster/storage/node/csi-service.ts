import { status, type handleUnaryCall, type sendUnaryData, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { reasonOf } from "../../../reason";
import { CsiError, type NodeDriver, type VolumeRequest } from "./node-driver";

/** A capability as proto-loader gives it. */
interface VolumeCapability {
    mount?: { fs_type: string; mount_flags: string[] } | null;
    block?: object | null;
    access_mode?: { mode: string } | null;
}

interface StageRequest {
    volume_id: string;
    staging_target_path: string;
    target_path: string;
    volume_path: string;
    readonly: boolean;
    volume_capability: VolumeCapability | null;
    volume_context: Record<string, string>;
}

/** Service `csi.v1.Identity` of a driver. */
export function identityService({ name, version }: NodeDriver): UntypedServiceImplementation {
    return {
        GetPluginInfo: answer(async () => ({ name, vendor_version: version })),
        GetPluginCapabilities: answer(async () => ({ capabilities: [] })),
        Probe: answer(async () => ({ ready: { value: true } })),
    };
}

/** Service `csi.v1.Node` of a driver. */
export function nodeService(driver: NodeDriver, nodeName: string): UntypedServiceImplementation {
    const queue = new Map<string, Promise<unknown>>();
    /** What kubelet asks of one volume happens one after the other: it does not wait for what it gave up on. */
    const inTurn = <T>(handle: string, work: () => Promise<T>): Promise<T> => {
        const next = (queue.get(handle) ?? Promise.resolve()).then(work, work);
        queue.set(handle, next);
        const forget = () => {
            if (queue.get(handle) === next) queue.delete(handle);
        };
        next.then(forget, forget);
        return next;
    };
    const serial = (work: (request: StageRequest) => Promise<object>) =>
        answer((request: StageRequest) =>
            inTurn(request.volume_id, async () => {
                if (!request.volume_id) throw new CsiError("INVALID_ARGUMENT", "volume id missing in request");
                return work(request);
            }),
        );
    return {
        NodeGetInfo: answer(async () => ({ node_id: nodeName })),
        NodeGetCapabilities: answer(async () => ({
            capabilities: driver.capabilities.map((type) => ({ rpc: { type } })),
        })),
        NodeStageVolume: serial(async (request) => {
            await driver.stage?.(volumeOf(request), request.staging_target_path);
            return {};
        }),
        NodeUnstageVolume: serial(async (request) => {
            await driver.unstage?.(request.volume_id, request.staging_target_path);
            return {};
        }),
        NodePublishVolume: serial(async (request) => {
            const { staging_target_path: staging, target_path: target, readonly } = request;
            await driver.publish(volumeOf(request), staging, target, readonly);
            return {};
        }),
        NodeUnpublishVolume: serial(async (request) => {
            await driver.unpublish(request.volume_id, request.target_path);
            return {};
        }),
        NodeGetVolumeStats: answer(async ({ volume_path }: StageRequest) => {
            const { bytes, inodes } = await driver.usage(volume_path);
            return {
                usage: [
                    { unit: "BYTES", ...bytes },
                    { unit: "INODES", ...inodes },
                ],
            };
        }),
    };
}

function volumeOf(request: StageRequest): VolumeRequest {
    const capability = request.volume_capability;
    if (!capability) throw new CsiError("INVALID_ARGUMENT", "volume capability missing in request");
    const mode = capability.access_mode?.mode ?? "";
    return {
        handle: request.volume_id,
        attributes: request.volume_context,
        fsType: capability.mount?.fs_type ?? "",
        mountFlags: capability.mount?.mount_flags ?? [],
        block: Boolean(capability.block),
        shared: mode.startsWith("MULTI_NODE_"),
    };
}

/** Answers a call, or refuses it with the driver's status. */
function answer<Request>(work: (request: Request) => Promise<object>): handleUnaryCall<Request, object> {
    return (call, done: sendUnaryData<object>) => {
        work(call.request).then(
            (reply) => done(null, reply),
            (error: unknown) =>
                done({
                    code: error instanceof CsiError ? status[error.code] : status.INTERNAL,
                    details: reasonOf(error),
                }),
        );
    };
}
