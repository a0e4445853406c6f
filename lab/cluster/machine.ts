import { pause } from "../pause";
import { reasonOf } from "../reason";
import type { Body, MachineSpec } from "./body";
import { k3sFromCloudConfig } from "./boot/k3s-config";
import { unknownPackages } from "./boot/packages";
import { parseUserData, type CloudConfig } from "./boot/user-data";
import type { Chassis, PoweredMachine, RunningNode } from "./chassis";
import type { Guest } from "./guest";

/** A cluster as a booting machine meets it over the network. */
export interface JoinableCluster {
    /**
     * The first server starts the cluster, the others join it; tries until it works or the power goes.
     * @throws K3sFatalError when k3s gives up.
     */
    join(
        guest: Guest,
        powered: PoweredMachine,
        console: (line: string) => void,
        power: AbortSignal,
    ): Promise<RunningNode | undefined>;
    /** A machine's power went. */
    left(machine: MachineSpec): Promise<void>;
}

/** Modelled length of the guest's early boot, until its agent answers. */
const BOOT_MS = 300;

/** A machine of either body: it reads its user-data as cloud-init would and joins as k3s would. */
export class Machine implements Body {
    private power: AbortController | undefined;
    private powered: PoweredMachine | undefined;
    private node: RunningNode | undefined;
    private agentAnswers = false;
    private boot: Promise<void> = Promise.resolve();

    constructor(
        private readonly machine: MachineSpec,
        private readonly chassis: Chassis,
        private readonly cluster: JoinableCluster,
        private readonly console: (line: string) => void,
    ) {}

    async start(): Promise<void> {
        const power = new AbortController();
        this.power = power;
        this.console(`power on: ${this.machine.cores} cores, ${this.machine.memoryMiB} MiB on ${this.machine.host}`);
        const powered = await this.chassis.powerOn(this.machine, this.console);
        this.powered = powered;
        this.boot = this.run(powered, power.signal).catch((error: unknown) => {
            if (!power.signal.aborted) this.console(reasonOf(error));
        });
    }

    async stop(): Promise<void> {
        this.power?.abort();
        // The cord first: nothing in the machine is asked.
        await this.powered?.off();
        this.powered = undefined;
        this.agentAnswers = false;
        await this.boot;
        await this.node?.stop();
        this.node = undefined;
        await this.cluster.left(this.machine);
        this.console("power off");
    }

    guestInterfaces(): readonly { name: string; mac: string; addresses: readonly string[] }[] | undefined {
        if (!this.agentAnswers) return undefined;
        const cards = this.machine.interfaces.map(({ mac, address }, index) => ({
            name: `eth${index}`,
            mac,
            addresses: [address],
        }));
        return [{ name: "lo", mac: "00:00:00:00:00:00", addresses: ["127.0.0.1"] }, ...cards];
    }

    private async run(powered: PoweredMachine, power: AbortSignal): Promise<void> {
        await pause(BOOT_MS, power);
        const guest = power.aborted ? undefined : this.initialise();
        if (!guest) return;
        this.console(`k3s: installing ${guest.config.version} as ${guest.config.role}`);
        this.node = await this.cluster.join(guest, powered, this.console, power);
    }

    /** What cloud-init does; `undefined` where it leaves no k3s to start. */
    private initialise(): Guest | undefined {
        const { console, machine } = this;
        if (machine.userData === undefined) {
            console("cloud-init: no user-data: nothing to do");
            return undefined;
        }
        const config = parseUserData(machine.userData);
        for (const warning of config.warnings) console(`cloud-init: WARNING: ${warning}`);
        if (config.hostname) console(`cloud-init: hostname ${config.hostname}`);
        for (const file of config.files) console(`cloud-init: wrote ${file.path} (${file.permissions})`);
        const packages = this.install(config);
        this.agentAnswers = packages.has("qemu-guest-agent");
        if (this.agentAnswers) console("systemd: started qemu-guest-agent");
        const k3s = k3sFromCloudConfig(config);
        if (!k3s) console("cloud-init: no command installs k3s: this machine stays outside the cluster");
        else if (!packages.has("curl") && config.commands.some((line) => /\bcurl\b/.test(line)))
            console("cloud-init: sh: curl: not found: k3s is not installed (the image has it only as a package)");
        else return { machine, config: k3s, packages, files: config.files };
        return undefined;
    }

    /** Like `apt-get install`: one unknown name, and nothing is installed. */
    private install(config: CloudConfig): ReadonlySet<string> {
        const unknown = unknownPackages(config.packages, config.components);
        for (const name of unknown) this.console(`cloud-init: E: Unable to locate package ${name}`);
        if (unknown.length > 0) return new Set();
        if (config.packages.length > 0) this.console(`cloud-init: installed ${config.packages.join(" ")}`);
        return new Set(config.packages);
    }
}
