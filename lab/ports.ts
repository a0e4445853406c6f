import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { API_PORT, homeAddress } from "./cluster/control-plane";
import type { House } from "./house";
import { pause } from "./pause";
import type { BodyKind } from "./settings";

/** An address that the lab needs for itself. */
export interface RequiredPort {
    readonly address: string;
    readonly port: number;
    readonly purpose: string;
}

/** A port that somebody else has. */
export interface TakenPort extends RequiredPort {
    /** Such as `process 4711 (node)`; `undefined` where the system does not tell. */
    readonly owner: string | undefined;
}

export function requiredPorts(house: House, bodies: BodyKind, slot: number): RequiredPort[] {
    // Real machines have a network of their own, and so has what runs on their servers.
    const inner = bodies === "real" ? [] : serverPorts(homeAddress(slot));
    return [
        ...house.hosts.flatMap(({ name, address, sshPort }) => [
            { address, port: house.apiPort, purpose: `Proxmox API of ${name}` },
            { address, port: sshPort, purpose: `SSH of ${name}` },
        ]),
        ...[homeAddress(slot), ...house.apiAddresses].map((address) => {
            return { address, port: API_PORT, purpose: "Kubernetes API" };
        }),
        ...inner,
        ...(house.aws ? [{ ...house.aws, purpose: "AWS" }] : []),
    ];
}

function serverPorts(address: string): RequiredPort[] {
    return [
        ...[2379, 2380].map((port) => ({ address, port, purpose: "etcd" })),
        { address, port: 10257, purpose: "kube-controller-manager" },
        { address, port: 10259, purpose: "kube-scheduler" },
    ];
}

/** So long a killed process may take to let go of its ports after it is no longer to be seen. */
const LETTING_GO_MS = 2_000;

/** Those of the ports that cannot be bound now. What nobody is known to hold is asked for again for a while. */
export async function takenPorts(ports: readonly RequiredPort[]): Promise<TakenPort[]> {
    const deadline = Date.now() + LETTING_GO_MS;
    for (;;) {
        const results = await Promise.all(ports.map(async (port) => ({ ...port, free: await isFree(port) })));
        const taken = results
            .filter((port) => !port.free)
            .map(({ address, port, purpose }) => ({ address, port, purpose, owner: ownerOf(address, port) }));
        if (taken.every(({ owner }) => owner !== undefined) || Date.now() > deadline) return taken;
        await pause(100);
    }
}

export function describeTaken({ address, port, purpose, owner }: TakenPort): string {
    // The slot is the second number of the address; the next one is as good as any.
    const nextSlot = (Number(address.split(".")[1]) + 1) % 256;
    return `${address}:${port}: is taken${owner ? ` by ${owner}` : ""} (the lab's ${purpose} listens there); stop it, or use other addresses: LAB_SLOT=${nextSlot}`;
}

function isFree({ address, port }: RequiredPort): Promise<boolean> {
    return new Promise((done) => {
        const server = createServer();
        server.once("error", () => done(false));
        server.listen({ host: address, port, exclusive: true }, () => server.close(() => done(true)));
    });
}

/** Looks the listener up in `/proc`; only processes of the same user can be named. */
function ownerOf(address: string, port: number): string | undefined {
    try {
        const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, "0");
        const local = `${address
            .split(".")
            .reverse()
            .map((part) => hex(Number(part), 2))
            .join("")}:${hex(port, 4)}`;
        // Whoever listens on all addresses, of IPv6 too, has this one.
        const any = [8, 32].map((digits) => `${"0".repeat(digits)}:${hex(port, 4)}`);
        const row = ["tcp", "tcp6"]
            .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n"))
            .map((line) => line.trim().split(/\s+/))
            .find(([, bound = "", , state]) => (bound === local || any.includes(bound)) && state === "0A");
        const inode = row?.[9];
        if (inode === undefined) return undefined;
        for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
            if (holds(pid, inode)) return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
    } catch {
        // No /proc, or it ended in between.
    }
    return undefined;
}

function holds(pid: string, inode: string): boolean {
    try {
        return readdirSync(`/proc/${pid}/fd`).some(
            (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
        );
    } catch {
        return false;
    }
}
