import type { KubeClient, KubeObject } from "../../../kube/client";
import { follow } from "../../../kube/follow";
import { pause } from "../../../pause";
import { reasonOf } from "../../../reason";
import { DRIVERS } from "../annotations";
import { Attacher } from "./attacher";
import { DriverPods } from "./driver-pods";
import { Events } from "./events";
import { LonghornVolumes } from "./longhorn-volumes";
import { NfsVolumes } from "./nfs-volumes";
import { NodeDown } from "./node-down";
import { listOf, PATHS, type Attachment, type Claim, type Pod, type StorageFolders, type Volume } from "./objects";
import { Provisioner } from "./provisioner";

export type { StorageFolders } from "./objects";

export interface StorageControllerOptions {
    readonly client: KubeClient;
    readonly signal: AbortSignal;
    /** Default: none, volumes are names without bytes. */
    readonly folders?: StorageFolders;
    readonly log: (line: string) => void;
}

/** Milliseconds between looks at what waits for something that no watch tells. */
const AGAIN_MS = 2_000;

/** Starts what the CSI drivers of the chart stand-ins do for the whole cluster; ends with the signal. */
export function startStorageControllers({ client, signal, folders, log }: StorageControllerOptions): void {
    const pods = new DriverPods();
    const drives = (driver: string) => pods.drives(driver);
    const longhorn = new LonghornVolumes(client, folders?.blockVolumes, () => pods.storageNodes(DRIVERS.longhorn));
    const nfs = new NfsVolumes(folders?.nas, () => pods.nfsOnDelete);
    const provisioner = new Provisioner({
        ...{ client, drives, events: new Events(client) },
        makers: { [DRIVERS.longhorn]: longhorn, [DRIVERS.nfs]: nfs },
    });
    const attacher = new Attacher({ client, drives });
    const nodeDown = new NodeDown(client, () => drives(DRIVERS.longhorn), log);
    const on = <T extends KubeObject>(
        path: string,
        changed: (object: T) => Promise<void> | void,
        deleted: (object: T) => Promise<void> | void = () => undefined,
    ) => void follow<T>({ client, path, signal, log, changed, deleted });
    /** What waited for a driver, or for room, is not changed by its coming. */
    const lookAgain = async () => {
        for (const claim of await listOf<Claim>(client, PATHS.claims)) await provisioner.provision(claim);
        await attacher.again();
        for (const volume of await listOf<Volume>(client, PATHS.volumes)) await provisioner.reclaim(volume);
    };
    on<Pod>(
        PATHS.pods,
        async (pod) => {
            nodeDown.note(pod);
            if (pods.note(pod)) await lookAgain();
        },
        async (pod) => {
            nodeDown.gone(pod);
            if (pods.note(pod, true)) await lookAgain();
        },
    );
    on<Claim>(PATHS.claims, (claim) => provisioner.provision(claim));
    on<Attachment>(
        PATHS.attachments,
        (attachment) => attacher.note(attachment),
        async (attachment) => {
            await attacher.gone(attachment);
            for (const volume of await listOf<Volume>(client, PATHS.volumes)) await provisioner.reclaim(volume);
        },
    );
    on<Volume>(
        PATHS.volumes,
        async (volume) => {
            await provisioner.reclaim(volume);
            await attacher.release(volume);
        },
        lookAgain,
    );
    void repeat(signal, log, async () => {
        await nodeDown.check();
        if (attacher.waits) await attacher.again();
    });
}

async function repeat(signal: AbortSignal, log: (line: string) => void, work: () => Promise<void>): Promise<void> {
    let told: string | undefined;
    while (!signal.aborted) {
        try {
            await work();
            told = undefined;
        } catch (error) {
            const why = reasonOf(error);
            if (why !== told) log(`storage: ${why}`);
            told = why;
        }
        await pause(AGAIN_MS, signal);
    }
}
