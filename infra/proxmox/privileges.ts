import type { Host } from "../inventory";

/** A role for the program's user at one place of Proxmox' tree of objects, with what needs each of its privileges. */
export interface Grant {
    readonly role: string;
    /** Path of an access control list: `/vms`. */
    readonly path: string;
    /** Whether it holds below the path, too. */
    readonly propagate: boolean;
    readonly privileges: Readonly<Record<string, string>>;
}

/** What of a house decides where its program needs rights. */
export interface GrantedHouse {
    readonly hosts: readonly Pick<Host, "datastores">[];
    readonly bridge: string;
    /** `undefined`: the bridge is untagged. */
    readonly vlan: number | undefined;
    /** Whether Proxmox' HA manager is told of the machines. */
    readonly ha: boolean;
}

/** User of the program, in Proxmox' own realm: it is known on every host and on no other system. */
export const PROGRAM_USER = "pulumi@pve";
/** Name of its token. */
export const PROGRAM_TOKEN = "homelab";

const machines: Grant = {
    role: "HomelabMachines",
    path: "/vms",
    propagate: true,
    privileges: {
        "VM.Allocate": "create and delete machines",
        "VM.Audit": "read machines; without it they seem to have vanished",
        "VM.PowerMgmt": "start and stop",
        "VM.Config.CDROM": "the cloud-init drive",
        "VM.Config.CPU": "cores and CPU type",
        "VM.Config.Cloudinit": "addresses and user-data",
        "VM.Config.Disk": "disks and boot order",
        "VM.Config.HWType": "machine type, display, passed-through devices",
        "VM.Config.Memory": "memory",
        "VM.Config.Network": "network devices",
        "VM.Config.Options": "name, tags, agent, start at boot, firmware",
    },
};

const files = {
    role: "HomelabFiles",
    privileges: {
        "Datastore.Allocate": "path of the datastore that gets the snippets, deleting images and snippets",
        "Datastore.AllocateTemplate": "download of the guest image",
        "Datastore.Audit": "reading images and snippets",
    },
} as const;

const disks = {
    role: "HomelabDisks",
    privileges: {
        "Datastore.AllocateSpace": "disks",
        "Datastore.Audit": "that the datastore is there, before anything is made",
    },
} as const;

const hosts: Grant = {
    role: "HomelabHosts",
    path: "/nodes",
    propagate: true,
    privileges: { "Sys.AccessNetwork": "download of the guest image by the host" },
};

const mappings: Grant = {
    role: "HomelabMappings",
    path: "/mapping/pci",
    propagate: true,
    privileges: {
        "Mapping.Modify": "creating and reading PCI mappings",
        "Mapping.Use": "passing mapped devices through",
    },
};

/**
 * At the root itself and nowhere below, so that these reach neither the hosts nor the users. `Sys.Modify`, which Proxmox asks
 * at `/` for a machine's start order, also opens the options of the datacenter and its firewall there.
 */
function root(ha: boolean): Grant {
    return {
        role: "HomelabRoot",
        path: "/",
        propagate: false,
        privileges: {
            "Sys.Modify": "start order of machines",
            ...(ha ? { "Sys.Audit": "reading what the HA manager is told", "Sys.Console": "telling it" } : {}),
        },
    };
}

/**
 * What the program's user may do, and nothing more: at the paths that this house uses. Where several paths have one role, it
 * is the same role.
 */
export function programGrants(house: GrantedHouse): readonly Grant[] {
    const stores = (use: keyof Host["datastores"]) => [
        ...new Set(house.hosts.map(({ datastores }) => datastores[use])),
    ];
    const bridge = `/sdn/zones/localnetwork/${house.bridge}`;
    return [
        machines,
        ...stores("files").map((store) => ({ ...files, path: `/storage/${store}`, propagate: false })),
        ...stores("disks").map((store) => ({ ...disks, path: `/storage/${store}`, propagate: false })),
        hosts,
        {
            role: "HomelabNetwork",
            path: house.vlan === undefined ? bridge : `${bridge}/${house.vlan}`,
            propagate: false,
            privileges: { "SDN.Use": "network devices on the machines' bridge" },
        },
        mappings,
        root(house.ha),
    ];
}
