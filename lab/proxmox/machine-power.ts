import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Body, BodyFactory, StopMode } from "../cluster/body";
import { failure } from "./api-error";
import type { ClusterFile, VmRecord } from "./cluster-state";
import { machineName, machineSpec, passedDevices } from "./machine-spec";
import { mappedDevices, type HostDevice } from "./pci";
import type { Storages } from "./storage";

type GuestInterfaces = ReturnType<Body["guestInterfaces"]>;

interface Running {
    readonly body: Body;
    readonly host: string;
    /** PCI addresses that the machine holds. */
    readonly devices: readonly string[];
}

/** Switches machines on and off; each that runs has a body. */
export class MachinePower {
    private readonly running = new Map<number, Running>();

    constructor(
        private readonly file: ClusterFile,
        private readonly storages: Storages,
        private readonly bodies: BodyFactory,
        private readonly devicesOf: (host: string) => readonly HostDevice[],
        /** Folder of the consoles, `machines/<name>.log` below the lab's logs. */
        private readonly consoles: string,
    ) {}

    isRunning(vmId: number): boolean {
        return this.running.has(vmId);
    }

    /** @throws ApiError 500 in PVE's words when the machine cannot start. */
    async start(vm: VmRecord): Promise<void> {
        if (this.running.has(vm.vmId)) throw failure(`VM ${vm.vmId} already running`);
        const devices = this.claimDevices(vm);
        const spec = machineSpec(
            this.storages,
            vm,
            devices.map(({ vendorDevice, mapping }) => ({ vendorDevice, mapping })),
        );
        const body = this.bodies.create(spec, (line) => this.write(spec.name, line));
        await body.start();
        this.running.set(vm.vmId, { body, host: vm.host, devices: devices.map(({ path }) => path) });
        vm.running = true;
        vm.startedAtMs = Date.now();
        this.file.save();
    }

    /** Nothing happens to a machine that is off already. */
    async stop(vm: VmRecord, mode: StopMode): Promise<void> {
        const running = this.running.get(vm.vmId);
        if (!running) return;
        await running.body.stop(mode);
        this.running.delete(vm.vmId);
        vm.running = false;
        delete vm.startedAtMs;
        this.file.save();
    }

    /** Has the bodies forget what the disks of a machine held that is being deleted. */
    async discard(vm: VmRecord): Promise<void> {
        await this.bodies.discard?.({ vmId: vm.vmId, name: machineName(vm) });
    }

    /** What the guest agent reports. @throws ApiError 500 in PVE's words while no agent answers. */
    guestInterfaces(vm: VmRecord): NonNullable<GuestInterfaces> {
        if (!/^(1|.*enabled=1)/.test(String(vm.config["agent"] ?? ""))) throw failure("No QEMU guest agent configured");
        const running = this.running.get(vm.vmId);
        if (!running) throw failure(`VM ${vm.vmId} is not running`);
        const answer = running.body.guestInterfaces();
        if (!answer) throw failure("QEMU guest agent is not running");
        return answer;
    }

    /** Ends all bodies, while the state keeps that the machines were on. */
    async suspendAll(): Promise<void> {
        const all = [...this.running.values()];
        this.running.clear();
        await Promise.allSettled(all.map(({ body }) => body.stop("power-off")));
    }

    private claimDevices(vm: VmRecord): { path: string; vendorDevice: string; mapping: string }[] {
        const taken = new Map<string, number>();
        for (const [vmId, other] of this.running)
            if (other.host === vm.host) for (const path of other.devices) taken.set(path, vmId);
        return passedDevices(vm).map(({ setting, mapping, pcie }) => {
            if (pcie && !String(vm.config["machine"] ?? "").includes("q35"))
                throw failure("q35 machine model is not enabled");
            const found = mappedDevices(this.file, { name: vm.host, devices: this.devicesOf(vm.host) }, mapping);
            const free = found.find(({ path }) => !taken.has(path));
            const first = found[0];
            if (!free && first && found.length === 1)
                throw failure(`PCI device '${first.path}' already in use by VMID '${taken.get(first.path)}'`);
            if (!free) throw failure(`could not find a free device for '${setting}'`);
            taken.set(free.path, vm.vmId);
            return { ...free, mapping };
        });
    }

    private write(name: string, line: string): void {
        mkdirSync(this.consoles, { recursive: true });
        appendFileSync(join(this.consoles, `${name}.log`), `${line}\n`);
    }
}
