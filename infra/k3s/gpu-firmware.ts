import type { GpuVendor } from "../gpu-vendor";

/** What a machine needs so that the driver of its GPU finds firmware; parts of its cloud-config. */
export interface GpuFirmware {
    /** Run at each boot, before packages are installed; each may run again. */
    readonly bootCommands: readonly string[];
    /** Debian package, of the component `non-free-firmware`. */
    readonly package: string;
}

/** Debian 13's packages; `undefined` where the firmware comes with the driver, which the image has. */
const PACKAGE_OF: Readonly<Record<GpuVendor, string | undefined>> = {
    // Without: "Fatal error during GPU init", and no device.
    amd: "firmware-amd-graphics",
    // Without: Arc and most GPUs from the twelfth generation on have no GuC, which starts their work.
    intel: "firmware-intel-graphics",
    nvidia: undefined,
};

/** `main` alone in Debian's images. The stanzas name their mirrors and keys, which a house's own image may have changed. */
const SOURCES = "/etc/apt/sources.list.d/debian.sources";
const COMPONENT = "non-free-firmware";

/**
 * The firmware of a GPU, or `undefined` where none is to be installed.
 *
 * - The component is added to the image's own sources. cloud-init's `apt.sources` writes one-line files only, and apt reads
 *   nothing at all where two sources of one mirror disagree about its key ("Conflicting values set for option Signed-By").
 * - The kernel has loaded the driver before packages can be installed, and loads firmware with it. So a boot that finds none
 *   asks for another: with `package_reboot_if_required` cloud-init reboots between packages and `runcmd`, and k3s starts after
 *   that (canonical/cloud-init: cc_package_update_upgrade_install.py). It does so once in an instance, whether the package
 *   could be installed or not.
 */
export function gpuFirmware(vendor: GpuVendor): GpuFirmware | undefined {
    const name = PACKAGE_OF[vendor];
    return name === undefined
        ? undefined
        : {
              package: name,
              bootCommands: [
                  `sed -i '/^Components:/{/${COMPONENT}/!s/$/ ${COMPONENT}/}' ${SOURCES}`,
                  // Once in an instance too: a mark that no package takes away would ask whoever reads it to reboot for ever.
                  `cloud-init-per instance gpu-firmware sh -c 'dpkg -s ${name} >/dev/null 2>&1 || touch /run/reboot-required'`,
              ],
          };
}
