import { shown, type ConfigIssue } from "../issues";
import { keyData } from "../ssh-key";
import { machinePlaces, type CrossCheck } from "./places";

interface Use {
    /** Where the value is written. */
    readonly path: string;
    readonly value: string | number;
    /** The thing that has the value, as the message names it where the value is taken: `hosts[0]`. */
    readonly owner: string;
    /** Who must get another value: a name, or the kind of thing. */
    readonly bearer: string;
}

function clashes(uses: readonly Use[], rule: string): ConfigIssue[] {
    const first = new Map<string | number, Use>();
    return uses.flatMap((use) => {
        const taken = first.get(use.value);
        if (taken === undefined) {
            first.set(use.value, use);
            return [];
        }
        const wrong = `${shown(use.value)} is used by ${taken.owner} too`;
        return [{ path: use.path, wrong, rule, write: `give ${use.bearer} its own` }];
    });
}

/** Hosts, machines and joined nodes have names of their own: they share zone labels, DNS and logs. */
export const uniqueNames: CrossCheck = ({ hosts, cluster }) => {
    const hostUses = (hosts ?? []).map(({ name }, index) => ({ place: `hosts[${index}]`, name, kind: "this host" }));
    const machineUses = machinePlaces(cluster).map(({ path, machine }) => ({
        place: path,
        name: machine.name,
        kind: "this machine",
    }));
    const joinedUses = (cluster?.joined ?? []).map(({ name }, index) => ({
        place: `cluster.joined[${index}]`,
        name,
        kind: "this node",
    }));
    const uses = [...hostUses, ...machineUses, ...joinedUses].map(({ place, name, kind }) => ({
        path: `${place}.name`,
        value: name,
        owner: place,
        bearer: kind,
    }));
    return clashes(uses, "names of hosts, machines and joined nodes are unique");
};

/** A key that is there twice is let in until both lines are gone. */
export const uniqueSshKeys: CrossCheck = ({ cluster }) =>
    (cluster?.sshAuthorizedKeys ?? []).flatMap((key, index, keys) => {
        const first = keys.findIndex((other) => keyData(other) === keyData(key));
        if (first === index) return [];
        const path = `cluster.sshAuthorizedKeys[${index}]`;
        const wrong = `is the key of cluster.sshAuthorizedKeys[${first}] too`;
        return [{ path, wrong, rule: "who is taken out of the list must be out", write: "remove one of them" }];
    });

/** One Proxmox cluster has one row of numbers for all its hosts. */
export const uniqueVmIds: CrossCheck = ({ cluster }) =>
    clashes(
        machinePlaces(cluster).map(({ path, machine }) => ({
            path: `${path}.vmId`,
            value: machine.vmId,
            owner: path,
            bearer: machine.name,
        })),
        "VM ids are unique in a Proxmox cluster",
    );

/** Two things with one address answer by turns. */
export const uniqueAddresses: CrossCheck = ({ network, hosts, cluster, storage }) => {
    const uses: Use[] = [];
    if (network !== undefined) {
        const place = "network.lan.gateway";
        uses.push({ path: place, value: network.lan.gateway, owner: place, bearer: "the gateway" });
    }
    (hosts ?? []).forEach(({ name, address }, index) => {
        const place = `hosts[${index}]`;
        uses.push({ path: `${place}.address`, value: address, owner: place, bearer: name });
    });
    for (const { path, machine } of machinePlaces(cluster)) {
        uses.push({ path: `${path}.address`, value: machine.address, owner: path, bearer: machine.name });
    }
    if (cluster?.virtualAddress !== undefined) {
        const path = "cluster.virtualAddress";
        uses.push({ path, value: cluster.virtualAddress, owner: path, bearer: "the API server" });
    }
    if (storage !== undefined) {
        const place = "storage.nas";
        uses.push({ path: `${place}.address`, value: storage.nas.address, owner: place, bearer: "the NAS" });
    }
    return clashes(uses, "addresses are unique");
};
