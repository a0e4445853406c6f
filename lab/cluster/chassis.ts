import type { KubeClient } from "../kube/client";
import type { MachineSpec } from "./body";
import type { ControlPlane, ControlPlaneSite } from "./control-plane";
import type { Guest } from "./guest";
import type { NodeIdentity } from "./node-identity";
import type { StorageFolders } from "./storage/control";

/** What a node is started with, once its k3s has come through to the cluster. */
export interface NodeStart {
    readonly guest: Guest;
    readonly identity: NodeIdentity;
    /** The control plane, for credentials of the node. */
    readonly plane: ControlPlane;
    /** With the administrator's rights. */
    readonly client: KubeClient;
    /** Milliseconds between heartbeats. */
    readonly heartbeatMs: number;
    readonly console: (line: string) => void;
    /** Aborted when the power goes. */
    readonly power: AbortSignal;
}

/** A node agent that runs. */
export interface RunningNode {
    stop(): Promise<void>;
}

/** A machine that is switched on. */
export interface PoweredMachine {
    /** Resolves once the node is registered. @throws Error why it cannot be. */
    startNode(start: NodeStart): Promise<RunningNode>;
    /** Everything in it ends at once. */
    off(): Promise<void>;
}

/** What machines are made of: nothing but their consoles, or namespaces with containers. */
export interface Chassis {
    readonly kind: "simulated" | "real";
    powerOn(machine: MachineSpec, console: (line: string) => void): Promise<PoweredMachine>;
    /** Where the processes of the control plane run. */
    readonly site: ControlPlaneSite;
    /** Where the bytes of volumes lie; `undefined` where there are none. */
    readonly storage: StorageFolders | undefined;
    /** The control plane runs, or runs again: what the lab does beside it. @returns how that is ended. */
    attend(client: KubeClient): Promise<{ stop(): void }>;
    /** The machine is deleted, and its disks with it. */
    discard(name: string): Promise<void>;
    /** The lab ends. */
    close(): Promise<void>;
}
