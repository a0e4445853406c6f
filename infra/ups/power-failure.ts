/** What goes down in a power failure, in this order: agents, servers, hosts. The NAS follows at the end of the battery. */
export type PowerStage = "agent" | "server" | "host";

/**
 * Seconds that a machine has to go down. Kubelet gives pods 110 s of it (60 workloads, 30 storage, 20 system), the rest is
 * for systemd. After it Proxmox pulls the plug; it is Proxmox' own default, too.
 */
export const MACHINE_SHUTDOWN_SECONDS = 180;

/** The UPS and how to ask for its state. */
export interface Ups {
    /** Address of the NUT server. */
    readonly server: string;
    readonly port: number;
    /** Name of the UPS there. */
    readonly name: string;
    readonly user: string;
    /** Letters, digits and `. _ ~ -`: NUT's client sends it without quotes. */
    readonly password: string;
    /** Minutes on battery before the first stage goes down. */
    readonly batteryMinutes: number;
}

/**
 * Seconds on battery after which a stage goes down: agents first, while the servers still answer and volumes let go, then
 * servers, then hosts. Stages are told apart by time, because nobody who is going down can be asked whether he is done.
 */
export function secondsOnBattery(stage: PowerStage, batteryMinutes: number): number {
    const stagesBefore: Readonly<Record<PowerStage, number>> = { agent: 0, server: 1, host: 2 };
    return batteryMinutes * 60 + stagesBefore[stage] * MACHINE_SHUTDOWN_SECONDS;
}
