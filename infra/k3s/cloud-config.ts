import type { GpuVendor } from "../gpu-vendor";
import { gpuFirmware } from "./gpu-firmware";
import { publicFile, secretFile, secretFilesIn, yaml, type GuestFile } from "./guest-files";
import { installCommands, type Install } from "./install";
import { login } from "./login";
import { NODE_PASSWORD_COMMAND, nodePasswordFile } from "./node-password";
import { CONFIG_PATH, MANIFESTS_DIRECTORY, RESOLV_CONF_PATH, TLS_DIRECTORY, type K3sSettings } from "./node-settings";
import { resolvConf, resolvedConf, RESOLVED_CONF_PATH, type Resolvers } from "./resolvers";
import type { UpsClient } from "./ups";

/** Everything that a machine learns at its first boot; plain data. */
export interface CloudConfigSettings {
    readonly hostname: string;
    /** Domain of the house; the full name is `<hostname>.<domain>`. */
    readonly domain: string;
    readonly resolvers: Resolvers;
    /** Public keys of those who may log in; `undefined`: nobody is let in, and whoever was stays. */
    readonly sshAuthorizedKeys: readonly string[] | undefined;
    readonly k3s: K3sSettings;
    /** By which the cluster knows the node again when its disk is new. */
    readonly nodePassword: string;
    readonly install: Install;
    /** Further files, of which the machine's role decides. */
    readonly files: readonly GuestFile[];
    /** First server only: files below `server/tls/`, contents by name. */
    readonly tlsFiles?: Readonly<Record<string, string>>;
    /** Servers only: manifests that k3s applies, contents by file name. */
    readonly manifests?: Readonly<Record<string, string>>;
    /** Maker of the GPU that is passed through; `undefined` where none is. */
    readonly gpu: GpuVendor | undefined;
    /** What makes the machine go down in time when the power fails. */
    readonly ups: UpsClient;
}

/** Guest agent, clients of Longhorn and NFS, and what the installer needs. */
const PACKAGES = ["cryptsetup", "curl", "dmsetup", "nfs-common", "open-iscsi", "qemu-guest-agent", "systemd-resolved"];
/** Kernel modules that Longhorn asks for. */
const MODULES = ["iscsi_tcp", "dm_crypt"];
const MODULES_PATH = "/etc/modules-load.d/homelab.conf";

function guestFiles(settings: CloudConfigSettings): GuestFile[] {
    const gpuRule = 'SUBSYSTEM=="drm", KERNEL=="renderD*", MODE="0666"\n';
    return [
        secretFile(CONFIG_PATH, yaml(settings.k3s)),
        nodePasswordFile(settings.nodePassword),
        publicFile(RESOLV_CONF_PATH, resolvConf(settings.resolvers)),
        publicFile(RESOLVED_CONF_PATH, resolvedConf(settings.resolvers)),
        publicFile(MODULES_PATH, MODULES.map((module) => `${module}\n`).join("")),
        // The number of the group `render` differs from image to image; a pod that is given the device may use it.
        ...(settings.gpu === undefined ? [] : [publicFile("/etc/udev/rules.d/70-homelab-render.rules", gpuRule)]),
        ...settings.files,
        ...secretFilesIn(TLS_DIRECTORY, settings.tlsFiles),
        ...secretFilesIn(MANIFESTS_DIRECTORY, settings.manifests),
        ...settings.ups.files,
    ];
}

function commands(settings: CloudConfigSettings): string[] {
    const isServer = settings.install.role === "server";
    return [
        // It runs since the machine started, and has read its settings before these were there.
        "systemctl restart systemd-resolved",
        "systemctl enable --now qemu-guest-agent iscsid",
        // It grabs Longhorn's disks ("already mounted or mount point busy").
        "systemctl disable --now multipathd.service multipathd.socket 2>/dev/null || true",
        `for module in ${MODULES.join(" ")}; do modprobe "$module"; done`,
        // It reads how long it has to wait for the kubelet.
        "systemctl restart systemd-logind",
        ...(settings.gpu === undefined ? [] : ["udevadm control --reload && udevadm trigger --subsystem-match=drm"]),
        // cloud-init makes the folders above its files readable for everybody.
        ...(isServer ? ["mkdir -p /var/lib/rancher/k3s/server && chmod 700 /var/lib/rancher/k3s/server"] : []),
        ...settings.ups.commands,
        NODE_PASSWORD_COMMAND,
        ...installCommands(settings.install),
    ];
}

/**
 * The user-data of a machine. Every part may run again: Proxmox derives cloud-init's instance id from this text, so the
 * first start after a change runs it anew on the same disk.
 */
export function cloudConfig(settings: CloudConfigSettings): string {
    const firmware = settings.gpu === undefined ? undefined : gpuFirmware(settings.gpu);
    const { bootCommands, ...keys } = login(settings.sshAuthorizedKeys);
    const bootcmd = [...bootCommands, ...(firmware?.bootCommands ?? [])];
    const document = {
        hostname: settings.hostname,
        fqdn: `${settings.hostname}.${settings.domain}`,
        manage_etc_hosts: true,
        // The machine stays who it is when this file changes.
        ssh_deletekeys: false,
        ssh_pwauth: false,
        ...keys,
        package_update: true,
        package_upgrade: false,
        ...(bootcmd.length === 0 ? {} : { bootcmd }),
        ...(firmware === undefined ? {} : { package_reboot_if_required: true }),
        packages: [...PACKAGES, ...(firmware === undefined ? [] : [firmware.package]), ...settings.ups.packages],
        write_files: guestFiles(settings),
        runcmd: commands(settings),
    };
    return `#cloud-config\n${yaml(document)}`;
}
