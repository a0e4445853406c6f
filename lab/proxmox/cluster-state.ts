import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { textOf, valueAt } from "../plain-values";

export type ConfigValue = string | number;

export interface VmRecord {
    readonly vmId: number;
    readonly host: string;
    /** Settings as Proxmox VE answers them: numbers for integers and booleans, property strings for the rest. */
    config: Record<string, ConfigValue>;
    /** Whether the power is on; outlives the emulator. */
    running: boolean;
    startedAtMs?: number;
    pool?: string;
}

/** A disk, an image or a cloud-init drive. Snippets are real files and not listed here. */
export interface VolumeRecord {
    readonly host: string;
    readonly storage: string;
    /** Without the storage: `vm-201-disk-0`, `import/debian.qcow2`. */
    readonly name: string;
    readonly content: "images" | "import" | "iso" | "vztmpl";
    readonly format: string;
    sizeBytes: number;
    readonly vmId?: number;
    readonly createdAtMs: number;
    /** Where a download said it came from; nothing was fetched. */
    readonly source?: { readonly url: string; readonly checksum?: string };
}

export interface TaskRecord {
    readonly upid: string;
    readonly node: string;
    readonly pid: number;
    readonly pstart: number;
    readonly type: string;
    readonly id: string;
    readonly user: string;
    readonly startedAtMs: number;
    endedAtMs?: number;
    /** "OK", or the words of what went wrong; unset while it runs. */
    exitStatus?: string;
    readonly log: string[];
}

export interface PciMapping {
    description?: string;
    mdev?: number;
    /** One entry a device: `node=pve-1,path=0000:00:02.0,id=8086:3e92,...`. */
    map: string[];
}

export interface UserRecord {
    enabled: boolean;
    comment?: string;
    /** Seconds since 1970, 0 for never. */
    expire: number;
    /** scrypt of the password, `salt:hash`; unset for users without one. */
    passwordHash?: string;
    tokens: Record<string, { comment?: string; expire: number; privsep: boolean; secretHash: string }>;
}

export interface AclRecord {
    readonly path: string;
    readonly type: "user" | "token";
    readonly id: string;
    readonly role: string;
    propagate: boolean;
}

/** What the HA manager is told of a machine. */
export type HaResource = Readonly<Record<string, string | number>>;
/** A rule of the HA manager. */
export type HaRule = HaResource & { readonly type: string };

export interface ClusterState {
    readonly version: 1;
    readonly vms: Record<string, VmRecord>;
    volumes: VolumeRecord[];
    tasks: TaskRecord[];
    lastPid: number;
    readonly pciMappings: Record<string, PciMapping>;
    readonly pools: Record<string, { comment?: string }>;
    /** By `vm:<number>`. */
    readonly haResources: Record<string, HaResource>;
    readonly haRules: Record<string, HaRule>;
    readonly users: Record<string, UserRecord>;
    readonly roles: Record<string, string[]>;
    acl: AclRecord[];
    /** Signs tickets. */
    ticketKey: string;
}

/** The cluster's memory: one JSON file, written whole so that a crash leaves the last good one. */
export class ClusterFile {
    readonly state: ClusterState;

    /** @throws Error when the file exists and is not readable as a cluster's state. */
    constructor(private readonly path: string) {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        this.state = existsSync(path) ? parse(path, readFileSync(path, "utf8")) : empty();
    }

    save(): void {
        const partial = `${this.path}.part`;
        writeFileSync(partial, JSON.stringify(this.state, undefined, 1), { mode: 0o600 });
        renameSync(partial, this.path);
    }
}

function isClusterState(state: unknown): state is ClusterState {
    return valueAt(state, "version") === 1;
}

function parse(path: string, text: string): ClusterState {
    const advice = "remove the file, or run `lab down`, to begin with an empty Proxmox cluster";
    try {
        const state: unknown = JSON.parse(text);
        if (!isClusterState(state)) throw new Error(`version ${textOf(valueAt(state, "version"))}`);
        // What an older one has not kept.
        return { ...empty(), ...state };
    } catch (cause) {
        throw new Error(`${path}: not a state of the emulated Proxmox cluster (version 1 is known); ${advice}`, {
            cause,
        });
    }
}

function empty(): ClusterState {
    return {
        version: 1,
        vms: {},
        volumes: [],
        tasks: [],
        lastPid: 0x1000,
        pciMappings: {},
        pools: {},
        haResources: {},
        haRules: {},
        users: {},
        roles: {},
        acl: [],
        ticketKey: "",
    };
}
