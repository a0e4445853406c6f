import type { StopMode } from "../cluster/body";
import { failure } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import { vmOn, type Cluster } from "./cluster";
import type { VmRecord } from "./cluster-state";
import { schema } from "./parameters";
import type { Property } from "./property";
import { summary } from "./routes-vm";

const BOOLEAN: Property = { type: "boolean", optional: true };
const SECONDS: Property = { type: "integer", optional: true, minimum: 0 };
const TEXT: Property = { type: "string", optional: true };
const VM = "/nodes/{node}/qemu/{vmid}";
const POWER = [{ path: "/vms/{vmid}", all: ["VM.PowerMgmt"] }] as const;
const GUEST = [{ path: "/vms/{vmid}", any: ["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"] }] as const;

/** Power and guest agent of machines. */
export function powerRoutes(cluster: Cluster): Route[] {
    const vm = ({ parameters }: ApiRequest) => vmOn(cluster, parameters.text("node"), parameters.text("vmid"));
    const task = (request: ApiRequest, type: string, work: (vm: VmRecord) => Promise<void>) => {
        const machine = vm(request);
        return cluster.tasks.start({ node: machine.host, type, id: String(machine.vmId), user: request.user }, () =>
            work(machine),
        );
    };
    const stop = (mode: StopMode) => (machine: VmRecord) => cluster.power.stop(machine, mode);
    return [
        {
            method: "GET",
            path: `${VM}/status/current`,
            permission: [{ path: "/vms/{vmid}", all: ["VM.Audit"] }],
            handle(request) {
                const machine = vm(request);
                const line = summary(cluster, machine);
                const agent = /^1|enabled=1/.test(String(machine.config["agent"] ?? ""));
                return {
                    ...line,
                    qmpstatus: line.status,
                    ha: { managed: cluster.file.state.haResources[`vm:${machine.vmId}`] ? 1 : 0 },
                    ...(agent ? { agent: 1 } : {}),
                };
            },
        },
        {
            method: "POST",
            path: `${VM}/status/start`,
            permission: POWER,
            parameters: schema({ timeout: SECONDS, skiplock: BOOLEAN, machine: TEXT, "force-cpu": TEXT }),
            handle: (request) => task(request, "qmstart", (machine) => cluster.power.start(machine)),
        },
        {
            method: "POST",
            path: `${VM}/status/stop`,
            permission: POWER,
            parameters: schema({
                timeout: SECONDS,
                skiplock: BOOLEAN,
                keepActive: BOOLEAN,
                "overrule-shutdown": BOOLEAN,
            }),
            handle: (request) => task(request, "qmstop", stop("power-off")),
        },
        {
            method: "POST",
            path: `${VM}/status/shutdown`,
            permission: POWER,
            parameters: schema({ timeout: SECONDS, skiplock: BOOLEAN, keepActive: BOOLEAN, forceStop: BOOLEAN }),
            handle: (request) => task(request, "qmshutdown", stop("shutdown")),
        },
        {
            method: "POST",
            path: `${VM}/status/reset`,
            permission: POWER,
            parameters: schema({ skiplock: BOOLEAN }),
            handle(request) {
                requireRunning(cluster, vm(request));
                return task(request, "qmreset", (machine) => cycle(cluster, machine, "power-off"));
            },
        },
        {
            method: "POST",
            path: `${VM}/status/reboot`,
            permission: POWER,
            parameters: schema({ timeout: SECONDS }),
            handle(request) {
                requireRunning(cluster, vm(request));
                return task(request, "qmreboot", (machine) => cycle(cluster, machine, "shutdown"));
            },
        },
        {
            method: "GET",
            path: `${VM}/agent/network-get-interfaces`,
            permission: GUEST,
            handle: (request) => ({ result: cluster.power.guestInterfaces(vm(request)).map(agentInterface) }),
        },
        {
            method: "POST",
            path: `${VM}/agent/ping`,
            permission: GUEST,
            handle(request) {
                cluster.power.guestInterfaces(vm(request));
                return { result: {} };
            },
        },
    ];
}

async function cycle(cluster: Cluster, vm: VmRecord, mode: StopMode): Promise<void> {
    await cluster.power.stop(vm, mode);
    await cluster.power.start(vm);
}

function requireRunning(cluster: Cluster, vm: VmRecord): void {
    if (!cluster.power.isRunning(vm.vmId)) throw failure(`VM ${vm.vmId} not running`);
}

/** One interface in the form of the QEMU guest agent. */
function agentInterface({ name, mac, addresses }: { name: string; mac: string; addresses: readonly string[] }) {
    return {
        name,
        "hardware-address": mac.toLowerCase(),
        "ip-addresses": [...addresses, ...routable(name, mac, addresses)].map((text) => {
            const [address = text, prefix] = text.split("/");
            const ipv6 = address.includes(":");
            return {
                "ip-address": address,
                "ip-address-type": ipv6 ? "ipv6" : "ipv4",
                prefix: Number(prefix ?? (ipv6 ? 64 : 24)),
            };
        }),
    };
}

/**
 * The lab's LAN lies in 127.0.0.0/8, which clients that wait for a guest's address take for loopback and ignore, so
 * they would wait until they time out. A guest on a LAN with IPv6 gives itself an address made of its MAC; so does this.
 */
function routable(name: string, mac: string, addresses: readonly string[]): string[] {
    if (name === "lo" || !addresses.some((address) => address.startsWith("127."))) return [];
    const bytes = mac.split(":").map((digits) => parseInt(digits, 16));
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes;
    const eui = [first ^ 2, second, third, 0xff, 0xfe, fourth, fifth, sixth].map((byte) =>
        byte.toString(16).padStart(2, "0"),
    );
    return [`fd00::${[0, 2, 4, 6].map((at) => `${eui[at] ?? ""}${eui[at + 1] ?? ""}`).join(":")}`];
}
