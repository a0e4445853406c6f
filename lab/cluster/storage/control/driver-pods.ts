import { isReady, STORAGE_ANNOTATIONS, DRIVERS } from "../annotations";
import { isOnDelete, type OnDelete } from "./nfs-volumes";
import type { Pod } from "./objects";

/** Which storage drivers work, told by the ready pods of the chart stand-ins. */
export class DriverPods {
    private readonly ready = new Map<string, Pod>();

    /** @returns whether something came or went that volumes may wait for. */
    note(pod: Pod, gone = false): boolean {
        const annotations = pod.metadata.annotations ?? {};
        const counts = [STORAGE_ANNOTATIONS.controller, STORAGE_ANNOTATIONS.disk].some(
            (name) => annotations[name] !== undefined,
        );
        if (!counts) return false;
        const uid = pod.metadata.uid ?? "";
        const before = this.ready.has(uid);
        const now = !gone && isReady(pod);
        if (now) this.ready.set(uid, pod);
        else this.ready.delete(uid);
        return now !== before;
    }

    /** Whether a driver's controller runs. */
    drives(driver: string): boolean {
        return this.with(STORAGE_ANNOTATIONS.controller, driver).length > 0;
    }

    /** Nodes that may keep a driver's replicas. */
    storageNodes(driver: string): ReadonlySet<string> {
        return new Set(this.with(STORAGE_ANNOTATIONS.disk, driver).map((pod) => pod.spec.nodeName ?? ""));
    }

    /** What csi-driver-nfs does with the directory of a deleted volume; `delete` where the chart is silent. */
    get nfsOnDelete(): OnDelete {
        const [pod] = this.with(STORAGE_ANNOTATIONS.controller, DRIVERS.nfs);
        const told = pod?.metadata.annotations?.[STORAGE_ANNOTATIONS.onDelete];
        return isOnDelete(told) ? told : "delete";
    }

    private with(annotation: string, driver: string): Pod[] {
        return [...this.ready.values()].filter((pod) => pod.metadata.annotations?.[annotation] === driver);
    }
}
