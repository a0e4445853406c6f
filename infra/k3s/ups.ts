import type { MachineRole } from "../inventory";
import { UPS_PACKAGE, UPS_UNIT, upsFiles, type Ups } from "../ups";
import type { GuestFile } from "./guest-files";

/** What a machine needs to go down in time when the power fails; parts of its cloud-config. */
export interface UpsClient {
    readonly packages: readonly string[];
    /** Written before packages are installed. */
    readonly files: readonly GuestFile[];
    /** Run after packages are installed; each may run again. */
    readonly commands: readonly string[];
}

/** Nothing, in a house without a UPS. */
const NONE: UpsClient = { packages: [], files: [], commands: [] };

/**
 * The NUT client of a machine. Its files are there before its package: cloud-init has apt keep what it finds. Their group
 * comes with the package, so they are given to it afterwards.
 */
export function upsClient(role: MachineRole, ups: Ups | undefined): UpsClient {
    if (ups === undefined) {
        return NONE;
    }
    const files = upsFiles(role, ups);
    const ofTheClient = files.filter(({ group }) => group === "nut").map(({ path }) => path);
    return {
        packages: [UPS_PACKAGE],
        files: files.map(({ path, content, permissions }) => ({ path, content, permissions })),
        commands: [
            `chgrp nut ${ofTheClient.join(" ")}`,
            `systemctl enable ${UPS_UNIT}`,
            `systemctl restart ${UPS_UNIT}`,
        ],
    };
}
