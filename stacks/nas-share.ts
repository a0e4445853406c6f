import * as pulumi from "@pulumi/pulumi";
import { shareOf } from "../components/storage";
import type { HomelabConfig } from "../infra/config/schema";

/** Under which the stack keeps where the volumes of the NAS are. */
export const NAS_SHARE = "nasShare";

/**
 * Refuses another NAS, or another export, as long as nothing is said about the volumes on the one before. They keep the share that
 * they were made with, and Kubernetes lets none of them go while a pod uses it: the engine would wait for that until it gives up.
 *
 * @param before share at the end of the last `up`, `<address>:<export>`; `undefined` where there was none
 * @throws {pulumi.RunError} naming the setting to write, and the how-to
 */
export function refuseUnsaidShare({ storage }: Pick<HomelabConfig, "storage">, before: string | undefined): void {
    const { nas } = storage;
    if (nas === undefined || before === undefined) return;
    const share = shareOf(nas);
    if (share === before || nas.movedFrom === before) return;
    throw new pulumi.RunError(
        `storage.nas: is ${share}, and its volumes are on ${before} (a volume keeps the share that it was made with, and cannot go while a pod uses it); ` +
            `take them away as docs/how-to/move-the-nas.md says and write movedFrom: ${before}. Nothing was changed`,
    );
}
