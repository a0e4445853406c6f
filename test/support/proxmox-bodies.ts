import type { Body, BodyFactory, MachineSpec, StopMode } from "../../lab/cluster/body";

/** A machine that the fake bodies were asked for, and what happened to it. */
export interface FakeMachine {
    readonly spec: MachineSpec;
    /** `start`, `shutdown` or `power-off`, in order. */
    readonly events: string[];
}

export interface FakeBodies extends BodyFactory {
    readonly machines: FakeMachine[];
    /** Machines whose disks were deleted, as `<vmId> <name>`. */
    readonly discarded: string[];
    /** Whether guest agents answer; they do at first. */
    agentAnswers: boolean;
    /** Words of the failure of every start; none at first. */
    startFails: string | undefined;
}

/** Bodies that only write down what they were asked: for tests of the emulated Proxmox, not a simulation. */
export function fakeBodies(): FakeBodies {
    const factory: FakeBodies = {
        kind: "simulated",
        machines: [],
        discarded: [],
        agentAnswers: true,
        startFails: undefined,
        create(spec, console): Body {
            const machine: FakeMachine = { spec, events: [] };
            factory.machines.push(machine);
            return {
                async start() {
                    if (factory.startFails !== undefined) throw new Error(factory.startFails);
                    machine.events.push("start");
                    console(`${spec.name}: booting`);
                },
                async stop(mode: StopMode) {
                    machine.events.push(mode);
                    console(`${spec.name}: ${mode}`);
                },
                guestInterfaces: () => (factory.agentAnswers ? interfacesOf(spec) : undefined),
            };
        },
        discard({ vmId, name }) {
            factory.discarded.push(`${vmId} ${name}`);
            return Promise.resolve();
        },
    };
    return factory;
}

function interfacesOf(spec: MachineSpec) {
    const own = spec.interfaces.map(({ mac, address }, index) => ({ name: `eth${index}`, mac, addresses: [address] }));
    return [{ name: "lo", mac: "00:00:00:00:00:00", addresses: ["127.0.0.1"] }, ...own];
}
