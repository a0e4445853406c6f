import * as pulumi from "@pulumi/pulumi";
import type { Host, Machine } from "../inventory";
import { plainError } from "../plain-error";
import { ProxmoxApiError, type ClusterView, type Observe, type ProxmoxApi } from "./cluster-view";
import { HOUSE_TAG } from "./vm-args";

/** Where the house's plan and the Proxmox cluster disagree; a line each. */
export function disagreements(endpoint: string, hosts: readonly Host[], view: ClusterView): string[] {
    const there = new Map(view.hosts.map((host) => [host.name, host.datastores]));
    const names = [...there.keys()].join(", ");
    return hosts.flatMap(({ name, datastores }, index) => {
        const has = there.get(name);
        if (has === undefined) {
            const rule = "every host of the house is a node of that cluster";
            return [
                `hosts[${index}].name: ${name} is not known to the Proxmox cluster at ${endpoint}, which has ${names} ` +
                    `(${rule}); write the name that \`pvecm nodes\` shows, or join the host to the cluster first`,
            ];
        }
        // A token without the privilege to see datastores sees none at all.
        const missing = has.length === 0 ? [] : Object.entries(datastores).filter(([, store]) => !has.includes(store));
        return missing.map(
            ([use, store]) =>
                `hosts[${index}].datastores.${use}: ${store} is no datastore of ${name} (it has ${has.join(", ")}); ` +
                "write one of these, or make it in Proxmox; where it is there, run the bootstrap again " +
                "(npm run host-prep -- --bootstrap): the token sees only the datastores that it was given",
        );
    });
}

/**
 * Looks, before the provider does anything, whether Proxmox lets us in and has the hosts that are planned. A Proxmox that
 * does not answer is a warning: what is not on it can still be changed.
 *
 * @throws {pulumi.RunError} with everything that is wrong, in words of the configuration
 */
export async function admit(api: ProxmoxApi, hosts: readonly Host[], observe: Observe): Promise<void> {
    let view: ClusterView;
    try {
        view = await observe(api);
    } catch (error) {
        if (!(error instanceof ProxmoxApiError)) throw error;
        const words = `proxmox.endpoint: ${api.endpoint}: ${error.message}`;
        if (error.kind === "away") {
            await pulumi.log.warn(`${words}; nothing on Proxmox can be changed until it answers`);
            return;
        }
        throw plainError(
            `${words} (every request needs one); nothing on Proxmox was changed. Look at Datacenter, Permissions, API Tokens, and ` +
                "write: pulumi config set --secret homelab:proxmoxApiToken '<user>@<realm>!<name>=<secret>'",
        );
    }
    const wrong = disagreements(api.endpoint, hosts, view);
    if (wrong.length > 0) {
        throw plainError(
            ["The house does not fit its Proxmox cluster; nothing on it was changed.", ...wrong].join("\n  "),
        );
    }
}

/** What is wrong with making a machine where there is a guest with its id; `undefined` when the id is free. */
export function takenId({ name, vmId }: Machine, view: ClusterView): string | undefined {
    const guest = view.guests.find(({ id }) => id === vmId);
    if (guest === undefined) return undefined;
    const { kind, host } = guest;
    const place = `id ${vmId} is taken by the ${kind} ${guest.name || "without a name"} on ${host}`;
    if (guest.tags.includes(HOUSE_TAG) && guest.name !== name) {
        return (
            `${name}: ${place}, which has the tag ${HOUSE_TAG} of the house's own machines (an id belongs to one guest of the whole ` +
            `cluster, and a machine keeps its name for life; it was not touched); where it is the older name of ${name}, write ` +
            `${guest.name} again, take it away as docs/how-to/add-a-host.md has it, drained first, and only after that pulumi up ` +
            `write ${name}; else give ${name} another vmId`
        );
    }
    return (
        `${name}: ${place} (an id belongs to one guest of the whole cluster, and that one was not made by this stack; it was not ` +
        `touched); give ${name} another vmId, or remove the ${kind} if nobody needs it`
    );
}

/**
 * Keeps a machine from being made over a guest that is there already. The provider would not: what answers "already
 * exists" at its second try counts as made by the first, and from then on the guest would be ours to change and destroy.
 * Runs only where a machine is created; a machine that is replaced is gone by then.
 *
 * @param onFree told when the id is free, so that the machine is made in this update
 */
export function idMustBeFree(
    machine: Machine,
    api: pulumi.Output<ProxmoxApi>,
    observe: Observe,
    onFree: (machine: Machine) => void,
): pulumi.ResourceHook {
    return new pulumi.ResourceHook(`id of ${machine.name} must be free`, async () => {
        const access = await new Promise<ProxmoxApi>((resolve) => void api.apply(resolve));
        const taken = takenId(machine, await observe(access));
        if (taken !== undefined) throw new Error(taken);
        onFree(machine);
    });
}
