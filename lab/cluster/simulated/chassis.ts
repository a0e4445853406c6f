import { SimulatedKubelet } from "./kubelet";
import type { Chassis, PoweredMachine } from "../chassis";
import { homeAddress } from "../control-plane";
import { openDoor } from "./door";

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

/** Machines without containers, on loopback addresses; they need no privileges. @param slot of the lab */
export function simulatedChassis(slot: number): Chassis {
    const home = homeAddress(slot);
    return {
        kind: "simulated",
        powerOn: () => Promise.resolve(powered),
        storage: undefined,
        attend: () => Promise.resolve({ stop: () => undefined }),
        discard: () => Promise.resolve(),
        close: () => Promise.resolve(),
        site: {
            place: (command, args) => ({ command, args }),
            home,
            inner: home,
            apiListen: home,
            advertised: undefined,
            publish: async (address, port) =>
                address === home ? () => Promise.resolve() : openDoor({ address, port }, { address: home, port }),
        },
    };
}
