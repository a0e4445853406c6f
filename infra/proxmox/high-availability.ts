import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { Machine as PlannedMachine } from "../inventory";

/** A rule of Proxmox' HA manager, as it is told. */
export interface PlacementRule {
    /** Id in Proxmox. */
    readonly rule: string;
    readonly machines: readonly PlannedMachine[];
    readonly comment: string;
    /** Machines stay on a host, or servers stay apart. */
    readonly kind: { readonly stayOn: string } | "apart";
}

/**
 * Where Proxmox may run the machines: each on the host that it was planned on, because its disk, its GPU and its zone are
 * there; and the servers apart, which stays true for whoever disables the first rules for an hour. Pure.
 *
 * @param clusterName part of the ids, which are unique in a Proxmox cluster
 */
export function placementRules(clusterName: string, machines: readonly PlannedMachine[]): readonly PlacementRule[] {
    const hosts = [...new Set(machines.map(({ host }) => host.name))];
    const servers = machines.filter(({ role }) => role === "server");
    const areApart = new Set(servers.map(({ host }) => host.name)).size === servers.length;
    return [
        ...hosts.map((host) => ({
            rule: `${clusterName}-on-${host}`,
            machines: machines.filter((machine) => machine.host.name === host),
            comment: `disks, GPU and zone of these machines are ${host}'s`,
            kind: { stayOn: host },
        })),
        // Proxmox refuses a rule for less than two, and one that is broken from the start.
        ...(servers.length > 1 && areApart
            ? [
                  {
                      rule: `${clusterName}-servers-apart`,
                      machines: servers,
                      comment: "one host may fail, and etcd keeps its majority",
                      kind: "apart" as const,
                  },
              ]
            : []),
    ];
}

/** A machine that is there. */
export interface PlacedMachine {
    readonly machine: PlannedMachine;
    readonly vm: proxmox.VmLegacy;
}

export interface HighAvailabilityArgs {
    readonly clusterName: string;
    readonly machines: readonly PlacedMachine[];
}

/**
 * Has Proxmox' HA manager start machines again that have died, and hold them to their places. The manager forgets a machine
 * that is deleted, in its rules too, so all that names a machine is replaced with it: rules go first, then what is managed,
 * then the machine, and they come back in the other order.
 */
export class HighAvailability extends pulumi.ComponentResource {
    constructor(name: string, args: HighAvailabilityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:proxmox:HighAvailability", name, { clusterName: args.clusterName }, opts);
        const managed = args.machines.map(({ machine, vm }) => ({ machine, vm, resource: this.manage(machine, vm) }));
        const machines = managed.map(({ machine }) => machine);
        for (const rule of placementRules(args.clusterName, machines)) {
            const held = managed.filter(({ machine }) => rule.machines.includes(machine));
            const ids = pulumi.all(held.map(({ resource }) => resource.resourceId)).apply((all) => all.sort());
            new proxmox.Harule(rule.rule, ruleArgs(rule, ids), {
                parent: this,
                // The manager has to know all of them, in a rule for some of them too.
                dependsOn: managed.map(({ resource }) => resource),
                // Its list is the same before and after, and one more machine only lengthens it.
                replaceWith: held.map(({ vm }) => vm),
                deleteBeforeReplace: true,
                protect: false,
            });
        }
        this.registerOutputs();
    }

    private manage(machine: PlannedMachine, vm: proxmox.VmLegacy): proxmox.Haresource {
        return new proxmox.Haresource(
            `${machine.name}-managed`,
            {
                // Of the machine and not of the plan: the engine deletes what depends on a machine before the machine.
                resourceId: pulumi.interpolate`vm:${vm.vmId}`,
                state: "started",
                // Tried again where it is, and never elsewhere: there is nothing of it.
                maxRestart: 3,
                maxRelocate: 0,
                comment: `k3s ${machine.role}, made by Pulumi`,
            },
            { parent: this, replaceOnChanges: ["resourceId"], deleteBeforeReplace: true, protect: false },
        );
    }
}

function ruleArgs({ rule, comment, kind }: PlacementRule, resources: pulumi.Output<string[]>): proxmox.HaruleArgs {
    const common = { rule, comment, resources };
    return kind === "apart"
        ? { ...common, type: "resource-affinity", affinity: "negative" }
        : { ...common, type: "node-affinity", nodes: { [kind.stayOn]: 1 }, strict: true };
}
