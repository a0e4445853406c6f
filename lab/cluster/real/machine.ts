import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabPaths } from "../../paths";
import { Child } from "../../process/child";
import type { MachineSpec } from "../body";
import type { NodeStart, PoweredMachine, RunningNode } from "../chassis";
import type { StorageFolders } from "../storage/control";
import { announceDisk } from "../storage/node/disk";
import type { KubeletProtoFiles } from "../storage/socket-server";
import { lanAddress } from "./addresses";
import { labCgroup, makeCgroup, removeCgroupCommands } from "./cgroups";
import { createDisk, machineDisk, meminfo, writeFiles, type MachineDisk } from "./disk";
import { GuestDrivers } from "./drivers";
import type { RealGuest } from "./guest";
import type { Lan } from "./lan";
import { Namespaces } from "./namespaces";
import { nodeProcess, startNodeProcesses, type NodeProgram } from "./node";
import { containerdConfig, NODE_PATHS } from "./node-files";
import { MEMINFO_PATH, setUpCommands } from "./set-up";
import { uplinkEnvironment } from "./uplink";

/** What all machines of a lab are made from. */
export interface MachineParts {
    readonly paths: LabPaths;
    readonly slot: number;
    readonly lan: Lan;
    /** Programs of a node, by name; absolute paths. */
    readonly programs: Readonly<Record<NodeProgram, string>>;
    readonly images: MachineImages;
    /** Whether images that are not there are pulled from their vendors' registries. */
    readonly pull: boolean;
    readonly protoFiles: KubeletProtoFiles;
    readonly log: (line: string) => void;
}

/** The images as a machine gets them. */
export interface MachineImages {
    /** Root file system that all machines start from. */
    readonly guestRoot: string;
    /** Folder that every machine sees as `/lab/images`. */
    readonly shared: string;
    /** Lets a folder be the root of a containerd that has all images; keeps one that has them already. */
    prepare(containerdRoot: string): Promise<void>;
}

/** A machine that is switched on: namespaces with a containerd, and soon a kubelet. */
export class RealMachine implements PoweredMachine {
    private children: Child[] = [];

    private constructor(
        private readonly machine: MachineSpec,
        private readonly parts: MachineParts,
        private readonly inside: Namespaces,
        private readonly cgroup: string,
        private readonly console: (line: string) => void,
    ) {}

    /** @throws Error why its namespaces, its network or its containerd do not come up */
    static async powerOn(
        machine: MachineSpec,
        parts: MachineParts,
        console: (line: string) => void,
    ): Promise<RealMachine> {
        const { paths, slot, images } = parts;
        const disk = machineDisk(join(paths.machines, machine.name));
        const cgroup = `${labCgroup(slot)}/${machine.name}`;
        await furnish(disk, machine, images);
        makeCgroup(cgroup);
        const storage = machineStorage(paths);
        for (const folder of Object.values(storage)) mkdirSync(folder, { recursive: true });
        const { guestRoot, shared } = images;
        const inside = await Namespaces.open({
            name: `machine.${machine.name}`,
            setUp: setUpCommands({ machine, disk, guestRoot, images: shared, programs: parts.programs, storage }),
            cleanUp: removeCgroupCommands(cgroup),
            logFile: join(paths.logs, `${machine.name}.boot.log`),
            pidDirectory: paths.run,
        });
        const powered = new RealMachine(machine, parts, inside, cgroup, console);
        try {
            const address = machine.interfaces[0]?.address;
            if (address !== undefined) await parts.lan.plug(machine.vmId, inside, lanAddress(address));
            powered.children.push(powered.startContainerd());
            return powered;
        } catch (error) {
            await powered.off();
            throw error;
        }
    }

    async startNode(start: NodeStart): Promise<RunningNode> {
        const { parts, inside, cgroup } = this;
        const { guest } = start;
        writeFiles(inside.path("/"), guest.files);
        const identity = { ...start.identity, address: lanAddress(start.identity.address) };
        const options = { paths: parts.paths, machine: this.machine.name, inside, cgroup, lan: parts.lan };
        this.children.push(...(await startNodeProcesses(options, { ...start, identity })));
        await announceDisk(start.client, identity.name, this.machine.diskGiB);
        const { protoFiles, log } = parts;
        const drivers = new GuestDrivers({ guest: this.guest(start), client: start.client, protoFiles, log });
        await drivers.start();
        return drivers;
    }

    async off(): Promise<void> {
        // Of a machine without power nothing is heard. The end of its processes would close their connections.
        await this.parts.lan.unplug(this.machine.vmId);
        // Before the programs that run in them: the cord asks nobody.
        await this.inside.close();
        await Promise.all(this.children.map((child) => child.stop()));
        this.children = [];
    }

    private startContainerd(): Child {
        const { paths, pull } = this.parts;
        const options = { paths, machine: this.machine.name, inside: this.inside };
        const args = ["--config", NODE_PATHS.containerdConfig];
        return nodeProcess(options, "containerd", args, pull ? uplinkEnvironment : {});
    }

    private guest({ guest, identity, power }: NodeStart): RealGuest {
        const { inside, machine, console } = this;
        return {
            nodeName: identity.name,
            host: machine.host,
            packages: guest.packages,
            pciDevices: machine.pciDevices,
            config: guest.config,
            power,
            path: (inGuest) => inside.path(inGuest),
            run: (command, args, input) => inside.run(command, args, input),
            console,
        };
    }
}

/** Where the bytes of volumes lie: they outlive every machine. */
export function machineStorage(paths: LabPaths): StorageFolders {
    return { blockVolumes: join(paths.storage, "block"), nas: join(paths.storage, "nas") };
}

/** Makes the machine's disk where there is none, and writes what it needs before it starts. */
async function furnish(disk: MachineDisk, machine: MachineSpec, images: MachineImages): Promise<void> {
    createDisk(disk, images.guestRoot);
    await images.prepare(join(disk.var, "lib", "containerd"));
    const write = (path: string, text: string) => {
        mkdirSync(dirname(join(disk.upper, path)), { recursive: true });
        writeFileSync(join(disk.upper, path), text);
    };
    write(MEMINFO_PATH, meminfo(machine));
    // Not that of the machine on which the guest image was made.
    write("/etc/resolv.conf", "");
    write(NODE_PATHS.containerdConfig, containerdConfig());
    for (const path of [NODE_PATHS.kubeletConfig, NODE_PATHS.cniConfig])
        mkdirSync(dirname(join(disk.upper, path)), { recursive: true });
}
