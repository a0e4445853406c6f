import { secondsOnBattery, type PowerStage, type Ups } from "./power-failure";

/** A file of the NUT client. */
export interface UpsFile {
    readonly path: string;
    readonly content: string;
    /** Octal digits. */
    readonly permissions: "0640" | "0644" | "0755";
    /** The client drops its rights to the group's; root writes. */
    readonly group: "root" | "nut";
}

/** Debian package of the client, on hosts as on machines. */
export const UPS_PACKAGE = "nut-client";
/** Its unit. */
export const UPS_UNIT = "nut-monitor.service";

const SCRIPT_PATH = "/usr/local/sbin/homelab-power";
/** Made by the script without rights, seen by systemd with all of them. */
const BACK_FLAG = "/run/nut/homelab-power-back";
/** Units of a host that bring its machines back. */
export const BACK_UNIT = "homelab-power-back";

/**
 * Asks the NUT server every five seconds. A server that goes silent while the house is on battery counts as an empty
 * battery. The NUT server's own "low battery" ends everything at once; Proxmox then keeps to the order on each host.
 */
function monitor(ups: Ups): string {
    return [
        `MONITOR ${ups.name}@${ups.server}:${ups.port} 1 ${ups.user} "${ups.password}" secondary`,
        "MINSUPPLIES 1",
        'SHUTDOWNCMD "/usr/bin/systemctl poweroff"',
        "NOTIFYCMD /usr/sbin/upssched",
        "NOTIFYFLAG ONLINE SYSLOG+EXEC",
        "NOTIFYFLAG ONBATT SYSLOG+EXEC",
        "POLLFREQ 5",
        "POLLFREQALERT 5",
        "DEADTIME 25",
        "FINALDELAY 5",
        "",
    ].join("\n");
}

/** Timers that the return of power takes back. */
function timers(stage: PowerStage, ups: Ups): string {
    const first = secondsOnBattery("agent", ups.batteryMinutes);
    return [
        `CMDSCRIPT ${SCRIPT_PATH}`,
        "PIPEFN /run/nut/upssched.pipe",
        "LOCKFN /run/nut/upssched.lock",
        `AT ONBATT * START-TIMER power-off ${secondsOnBattery(stage, ups.batteryMinutes)}`,
        "AT ONLINE * CANCEL-TIMER power-off",
        // A host is still up when its machines have gone: nobody else would start them again.
        ...(stage === "host"
            ? [`AT ONBATT * START-TIMER machines-off ${first}`, "AT ONLINE * CANCEL-TIMER machines-off power-back"]
            : []),
        "",
    ].join("\n");
}

function script(stage: PowerStage): string {
    return [
        "#!/bin/sh",
        "# Called by upssched with the name of a timer.",
        'case "$1" in',
        "power-off) /usr/sbin/upsmon -c fsd ;;",
        ...(stage === "host" ? [`power-back) : >${BACK_FLAG} ;;`] : []),
        "esac",
        "",
    ].join("\n");
}

/** Starts what starts with the host; machines that run are left alone. */
function backUnits(): UpsFile[] {
    const unit = (kind: "path" | "service", lines: readonly string[]): UpsFile => ({
        path: `/etc/systemd/system/${BACK_UNIT}.${kind}`,
        content: [...lines, ""].join("\n"),
        permissions: "0644",
        group: "root",
    });
    return [
        unit("path", [
            "[Unit]",
            "Description=Power is back after machines have gone down",
            "",
            "[Path]",
            `PathExists=${BACK_FLAG}`,
            "",
            "[Install]",
            "WantedBy=multi-user.target",
        ]),
        unit("service", [
            "[Unit]",
            "Description=Start the machines of this host again",
            "",
            "[Service]",
            "Type=oneshot",
            // A machine may be on its way down; it must have arrived before it can be started.
            "ExecStartPre=/bin/sleep 180",
            `ExecStartPre=/bin/rm -f ${BACK_FLAG}`,
            "ExecStart=/usr/bin/pvesh create /nodes/localhost/startall",
        ]),
    ];
}

/**
 * The files of a NUT client for a stage of the house.
 * @returns plain data; `upsmon.conf` holds the password and is for root and the client's group only
 */
export function upsFiles(stage: PowerStage, ups: Ups): readonly UpsFile[] {
    return [
        { path: "/etc/nut/nut.conf", content: "MODE=netclient\n", permissions: "0640", group: "nut" },
        { path: "/etc/nut/upsmon.conf", content: monitor(ups), permissions: "0640", group: "nut" },
        { path: "/etc/nut/upssched.conf", content: timers(stage, ups), permissions: "0640", group: "nut" },
        { path: SCRIPT_PATH, content: script(stage), permissions: "0755", group: "root" },
        ...(stage === "host" ? backUnits() : []),
    ];
}
