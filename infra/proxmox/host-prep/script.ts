import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Host, HostGpu } from "../../inventory";
import { BACK_UNIT, UPS_PACKAGE, UPS_UNIT, upsFiles, type Ups } from "../../ups";
import { heredoc, shellWord, type ShellFile } from "./shell";

/** `apply` changes what differs, `check` only tells. */
export type HostPrepMode = "apply" | "check";

export interface HostPrep {
    readonly host: Host;
    /** The UPS, without its password: that one is asked for on the host. */
    readonly ups: Omit<Ups, "password"> | undefined;
    /** Who copies snippets to the host. */
    readonly sshUsername: string;
}

/** Files of the UPS' client. Its user has to come in: upssched reads its timers with the client's rights. */
const UPS_FOLDER = { path: "/etc/nut", permissions: "0755" } as const;
/** Holds the password of the NUT server on the host; for root alone. */
const PASSWORD_PATH = `${UPS_FOLDER.path}/homelab-password`;
/** Stands for the password until the script runs. */
const PASSWORD_MARK = "@password@";

/** Drivers of the host that would take a GPU for themselves, by the GPU's vendor. */
const driversByVendor: Readonly<Record<string, readonly string[]>> = {
    "8086": ["i915", "xe"],
    "10de": ["nouveau", "nvidia", "nvidiafb"],
    "1002": ["amdgpu", "radeon"],
};

/** Drivers of what else is on a card: sound, and the USB of some. They stay for the host's own devices, and come after VFIO. */
const CARD_DRIVERS = ["snd_hda_intel", "xhci_pci", "i2c_nvidia_gpu"];
/** Stands for the ids of a whole card's functions until the script runs: the configuration has the first one's. */
const IDS_MARK = "@ids@";

/** `intel_iommu` is for kernels before 6.8 and harmless later; AMD's is on by itself. */
const KERNEL_WORDS = ["intel_iommu=on", "iommu=pt"];

function library(name: "apply" | "check" | "reading"): string {
    return readFileSync(join(__dirname, `${name}.sh`), "utf8");
}

/** All functions of it, which are in one IOMMU group and go together. */
function isWholeCard({ path }: HostGpu): boolean {
    return !path.includes(".");
}

function passthroughFiles(gpu: HostGpu): readonly ShellFile[] {
    const { id } = gpu;
    const drivers = driversByVendor[id.split(":")[0] ?? ""] ?? [];
    const modprobe = [
        ...drivers.flatMap((driver) => [`blacklist ${driver}`, `softdep ${driver} pre: vfio-pci`]),
        ...(isWholeCard(gpu) ? CARD_DRIVERS.map((driver) => `softdep ${driver} pre: vfio-pci`) : []),
        `options vfio-pci ids=${isWholeCard(gpu) ? IDS_MARK : id} disable_vga=1`,
    ];
    const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
    const plain = { permissions: "0644", group: "root" } as const;
    return [
        { path: "/etc/modules-load.d/vfio.conf", content: text(["vfio", "vfio_iommu_type1", "vfio_pci"]), ...plain },
        { path: "/etc/modprobe.d/homelab-passthrough.conf", content: text(modprobe), ...plain },
        {
            path: "/etc/default/grub.d/homelab-iommu.cfg",
            content: `GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT ${KERNEL_WORDS.join(" ")}"\n`,
            ...plain,
        },
    ];
}

function gpuLines(gpu: HostGpu): readonly string[] {
    return [
        "# The GPU is kept free for a machine.",
        ...(isWholeCard(gpu) ? [`ids="$(card_ids ${[gpu.path, gpu.id].map(shellWord).join(" ")})"`] : []),
        ...passthroughFiles(gpu).map((file) => heredoc(file, { mark: IDS_MARK, variable: "ids" })),
        `boot_words ${KERNEL_WORDS.join(" ")}`,
        "boot_done",
        ["gpu", gpu.path, gpu.id, gpu.subsystemId, String(gpu.iommuGroup)].map(shellWord).join(" "),
    ];
}

function passwordLines(mode: HostPrepMode): readonly string[] {
    const command = `ssh root@<host> 'install -d -m 755 ${UPS_FOLDER.path} && umask 077 && cat >${PASSWORD_PATH}'`;
    const missing =
        mode === "apply"
            ? [
                  `    echo "$root${PASSWORD_PATH} is not there; write the password of the NUT server into it: ${command}" >&2`,
                  "    exit 1",
              ]
            : [`    differs "${PASSWORD_PATH} is not there"`];
    return [
        'password=""',
        `if [ -f "$root${PASSWORD_PATH}" ]; then`,
        `    mode ${PASSWORD_PATH} 0600`,
        `    password="$(nut_password "$root${PASSWORD_PATH}")"`,
        "else",
        ...missing,
        "fi",
    ];
}

function upsLines(ups: Omit<Ups, "password">, mode: HostPrepMode): readonly string[] {
    const files = upsFiles("host", { ...ups, password: PASSWORD_MARK });
    return [
        "# The host goes down in time when the power fails.",
        ...passwordLines(mode),
        `package ${UPS_PACKAGE}`,
        `folder ${UPS_FOLDER.path} ${UPS_FOLDER.permissions}`,
        ...files.map((file) => heredoc(file, { mark: PASSWORD_MARK, variable: "password" })),
        `ups_units ${UPS_UNIT} ${BACK_UNIT}.path`,
    ];
}

/**
 * The script that prepares a host, for bash on the host itself, as root. What Proxmox has no API for, and nothing else. It may
 * run again at any time. `HOST_ROOT` lets it run on a copy of a host's files.
 *
 * @param mode `check` gives a script that writes nothing and ends with 1 where the host differs
 */
export function hostPrepScript({ host, ups, sshUsername }: HostPrep, mode: HostPrepMode): string {
    const parts: readonly (readonly string[])[] = [
        [
            "#!/bin/bash",
            `# ${mode === "apply" ? "Prepares" : "Checks"} ${host.name} for the house; made by npm run host-prep.`,
            "set -euo pipefail",
            "",
            `host=${shellWord(host.name)}`,
            'root="${HOST_ROOT:-}"',
        ],
        [library("reading").trimEnd()],
        [library(mode).trimEnd()],
        host.gpu === undefined ? [] : gpuLines(host.gpu),
        [
            "# Images and snippets have no place without it.",
            `datastore ${host.datastores.files} import snippets`,
            `private_snippets ${host.datastores.files} ${shellWord(sshUsername)}`,
        ],
        ups === undefined ? [] : upsLines(ups, mode),
        ["finish"],
    ];
    return parts
        .filter((lines) => lines.length > 0)
        .map((lines) => `${lines.join("\n")}\n`)
        .join("\n");
}
