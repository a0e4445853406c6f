import type { MachineSpec } from "./body";
import type { K3sConfig } from "./boot/k3s-config";
import type { GuestFile } from "./boot/user-data";

/** A machine on which cloud-init is through and k3s starts. */
export interface Guest {
    readonly machine: MachineSpec;
    readonly config: K3sConfig;
    /** Names of the installed packages. */
    readonly packages: ReadonlySet<string>;
    /** What cloud-init wrote. */
    readonly files: readonly GuestFile[];
}
