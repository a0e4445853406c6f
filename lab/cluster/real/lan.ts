import { join } from "node:path";
import type { LabPaths } from "../../paths";
import { LAN } from "./addresses";
import { Namespaces } from "./namespaces";

const BRIDGE = "lan";
/** Longest name of a link in Linux is 15 characters. */
const linkName = (machine: number) => `m${machine}`;

/** Nothing leaves it: the bridge has no link to the outside, and the router forwards between machines only. */
const SET_UP = `mount -t proc proc /proc
ip link set lo up
ip link add ${BRIDGE} type bridge
ip address add ${LAN.address}/${LAN.prefix} dev ${BRIDGE}
ip link set ${BRIDGE} up
echo 1 > /proc/sys/net/ipv4/ip_forward
# All machines are on one link: it would tell each of them to take the direct way, which their pods have not.
echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
echo 0 > /proc/sys/net/ipv4/conf/${BRIDGE}/send_redirects
`;

/** The house's network, in a namespace of the lab: a bridge for the machines, and the router between their pods. */
export class Lan {
    private readonly routes = new Map<string, string>();

    private constructor(private readonly inside: Namespaces) {}

    static async open(paths: LabPaths): Promise<Lan> {
        return new Lan(
            await Namespaces.open({
                name: "lan",
                setUp: SET_UP,
                logFile: join(paths.logs, "lan.log"),
                pidDirectory: paths.run,
            }),
        );
    }

    /** How a program is started on the network. */
    enter(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
        return this.inside.enter(command, args);
    }

    /** How a program of the outside is started in the network alone. */
    enterNetwork(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
        return this.inside.enterNetwork(command, args);
    }

    /** Runs a program on the network. */
    run(command: string, args: readonly string[], input?: string): Promise<string> {
        return this.inside.run(command, args, input);
    }

    /** Gives a machine its network card. @param machine a number that no other has @param address on this network */
    async plug(machine: number, into: Namespaces, address: string): Promise<void> {
        const name = linkName(machine);
        const peer = ["type", "veth", "peer", "name", "eth0", "netns", String(into.pid)];
        // The kernel takes the card of before away some time after the last process of a machine that was not unplugged.
        await this.unplug(machine);
        // From the host's process numbers into the network: only its network namespace is entered.
        await this.inside.runInNetwork("ip", ["link", "add", name, ...peer]);
        await this.run("ip", ["link", "set", name, "master", BRIDGE, "up"]);
        await into.runInNetwork("ip", ["address", "add", `${address}/${LAN.prefix}`, "dev", "eth0"]);
        await into.runInNetwork("ip", ["link", "set", "eth0", "up"]);
        await into.runInNetwork("ip", ["route", "add", "default", "via", LAN.address]);
    }

    /** Takes a machine its network card; does nothing where it has none. */
    async unplug(machine: number): Promise<void> {
        await this.inside.runInNetwork("ip", ["link", "delete", linkName(machine)]).catch(() => undefined);
    }

    /** Lets the lab's end of the network have a further address, of any network. */
    async own(address: string): Promise<void> {
        await this.run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
    }

    /** Sends a network of pods to its machine; does nothing where it goes there already. */
    async route(cidr: string, via: string): Promise<void> {
        if (this.routes.get(cidr) === via) return;
        this.routes.set(cidr, via);
        await this.run("ip", ["route", "replace", cidr, "via", via]);
    }

    /** Everything on the network ends with it. */
    close(): Promise<void> {
        return this.inside.close();
    }
}
