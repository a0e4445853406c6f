import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Body, MachineSpec } from "../../../lab/cluster/body";
import type { Chassis } from "../../../lab/cluster/chassis";
import { Cluster } from "../../../lab/cluster/cluster";
import { simulatedChassis } from "../../../lab/cluster/simulated/chassis";
import { KubeClient, type KubeObject } from "../../../lab/kube/client";
import { labPaths, type LabPaths } from "../../../lab/paths";
import { eventually } from "../../support/eventually";
import { removeFolder } from "../../support/scratch-folder";
import { testTool } from "../../support/tools";
import { programPapers, type Papers } from "./program";

/** A machine of the house under test, with its power button. */
export interface HouseMachine {
    readonly spec: MachineSpec;
    /** Lines of its console. */
    readonly console: readonly string[];
    on(): Promise<void>;
    off(): Promise<void>;
    interfaces: Body["guestInterfaces"];
}

/** The dev house on addresses of this process, booted from what the program wrote. */
export interface House {
    readonly papers: Papers;
    readonly paths: LabPaths;
    readonly cluster: Cluster;
    /** With the kubeconfig that the program made before there was a cluster. */
    readonly client: KubeClient;
    /** A machine of the inventory; `change` is a text that its user-data gets instead of the program's. */
    machine(name: string, change?: Partial<MachineSpec>): HouseMachine;
    /** A second cluster object on the same disks, as after a restart of the daemon. */
    reopen(): Cluster;
    stop(): Promise<void>;
}

/** Loopback addresses of one process: test files run side by side in processes of their own. */
export const SLOT = 100 + (process.pid % 150);

export interface HouseOptions {
    readonly nodeGraceSeconds?: number;
    /** Settings of `network` in place of the dev house's. */
    readonly network?: Readonly<Record<string, unknown>>;
    /** What the machines are made of; closed with the house. Default: nothing, they are simulated. */
    readonly chassis?: (paths: LabPaths) => Promise<Chassis>;
}

export async function openHouse({ network, chassis, ...options }: HouseOptions = {}): Promise<House> {
    const papers = await programPapers(SLOT, network);
    const folder = mkdtempSync(join(tmpdir(), "house-"));
    const paths = labPaths(resolve(__dirname, "..", "..", ".."), { LAB_DIR: join(folder, "lab") });
    const real = await chassis?.(paths);
    const open = () =>
        new Cluster({
            paths,
            tools: {
                etcd: testTool("etcd"),
                "kube-apiserver": testTool("kube-apiserver"),
                "kube-controller-manager": testTool("kube-controller-manager"),
                "kube-scheduler": testTool("kube-scheduler"),
            },
            chassis: real ?? simulatedChassis(SLOT),
            traefikCrds: testTool("traefik-crds"),
            foreignNodes: papers.inventory.joined.map(({ name, architecture }) => ({ name, architecture, nfs: false })),
            log: () => undefined,
            ...options,
        });
    let cluster = open();
    const client = KubeClient.fromKubeconfig(papers.kubeconfig);
    const running = new Set<Body>();
    const machine = (name: string, change: Partial<MachineSpec> = {}): HouseMachine => {
        const spec = { ...specOf(name, papers), ...change };
        const lines: string[] = [];
        let body: Body | undefined;
        return {
            spec,
            console: lines,
            interfaces: () => body?.guestInterfaces(),
            on: async () => {
                body = cluster.bodies.create(spec, (line) => lines.push(line));
                running.add(body);
                await body.start();
            },
            off: async () => {
                if (body) running.delete(body);
                await body?.stop("power-off");
            },
        };
    };
    return {
        papers,
        paths,
        client,
        machine,
        get cluster() {
            return cluster;
        },
        reopen: () => (cluster = open()),
        stop: async () => {
            await Promise.all([...running].map((body) => body.stop("power-off")));
            await cluster.stop();
            await real?.close();
            client.close();
            removeFolder(folder);
        },
    };
}

function specOf(name: string, { inventory, userData }: Papers): MachineSpec {
    const planned = [...inventory.servers, ...inventory.agents].find((machine) => machine.name === name);
    if (!planned) throw new Error(`${name} is not planned`);
    const { vmId, host, cores, memoryMiB, diskGiB, address, gpu } = planned;
    return {
        ...{ vmId, name, host: host.name, cores, memoryMiB, diskGiB },
        interfaces: [{ mac: `bc:24:11:00:00:${vmId % 100}`, address, prefix: 24 }],
        pciDevices: gpu && host.gpu ? [{ vendorDevice: host.gpu.id, mapping: gpu.mapping }] : [],
        userData: userData.get(name),
    };
}

/** Waits for a line of a console that matches. */
export function said(machine: HouseMachine, pattern: RegExp): Promise<string> {
    return eventually(`${machine.spec.name} says ${pattern.source}; it said\n${machine.console.join("\n")}`, () =>
        machine.console.find((line) => pattern.test(line)),
    );
}

export interface Node extends KubeObject {
    spec: { taints?: { key: string; value?: string; effect: string }[]; podCIDR?: string };
    status?: {
        allocatable?: Record<string, string>;
        addresses?: { type: string; address: string }[];
        conditions?: { type: string; status: string; reason?: string }[];
    };
}

export function condition(object: Node | undefined, type: string): string | undefined {
    return object?.status?.conditions?.find((one) => one.type === type)?.status;
}

/**
 * Waits until a node's Ready condition is this. A node that is ready takes pods as well: the control plane removes the
 * taint that a new or returned node has only after it has seen the condition, later still on a busy machine.
 */
export function ready(client: KubeClient, name: string, status: "True" | "Unknown" = "True"): Promise<Node> {
    return eventually(`node ${name} has Ready=${status}`, async () => {
        const node = await client.find<Node>(`/api/v1/nodes/${name}`);
        if (condition(node, "Ready") !== status) return undefined;
        return status === "True" && node?.spec.taints?.some(({ key }) => LOST.includes(key)) ? undefined : node;
    });
}

const LOST = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
