import { SimulatedKubelet } from "./kubelet";
import type { Chassis, PoweredMachine } from "../chassis";

/** A machine's body is its console and the node that it says it is. */
const powered: PoweredMachine = {
    async startNode({ client, identity, guest, heartbeatMs, console }) {
        const kubelet = new SimulatedKubelet({
            client,
            identity,
            nfsClient: guest.packages.has("nfs-common"),
            pciDevices: guest.machine.pciDevices.map((device) => device.vendorDevice),
            heartbeatMs,
            console,
        });
        try {
            await kubelet.start();
        } catch (error) {
            kubelet.stop();
            throw error;
        }
        return { stop: async () => kubelet.stop() };
    },
    off: () => Promise.resolve(),
};

/** Machines without containers, on loopback addresses; they need no privileges. */
export const simulatedChassis: Chassis = {
    kind: "simulated",
    powerOn: () => Promise.resolve(powered),
    storage: undefined,
    attend: () => Promise.resolve({ stop: () => undefined }),
    discard: () => Promise.resolve(),
    close: () => Promise.resolve(),
    site: {
        place: (command, args) => ({ command, args }),
        inner: (server) => server,
        apiListen: (server) => server,
        advertised: undefined,
        publish: () => Promise.resolve(() => Promise.resolve()),
    },
};
