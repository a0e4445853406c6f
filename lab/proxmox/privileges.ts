/** Every privilege of Proxmox VE 9, the role `Administrator`. */
export const ALL_PRIVILEGES: readonly string[] = [
    ...["Config.CDROM", "Config.CPU", "Config.Cloudinit", "Config.Disk", "Config.HWType", "Config.Memory"].map(vm),
    ...["Config.Network", "Config.Options", "Allocate", "Audit", "Backup", "Clone", "Console", "Migrate"].map(vm),
    ...["PowerMgmt", "Replicate", "Snapshot", "Snapshot.Rollback"].map(vm),
    ...["Audit", "FileRead", "FileSystemMgmt", "FileWrite", "Unrestricted"].map((name) => `VM.GuestAgent.${name}`),
    ...["AccessNetwork", "Audit", "Console", "Incoming", "Modify", "PowerMgmt", "Syslog"].map((name) => `Sys.${name}`),
    ...["Allocate", "AllocateSpace", "AllocateTemplate", "Audit"].map((name) => `Datastore.${name}`),
    ...["Allocate", "Audit", "Use"].map((name) => `SDN.${name}`),
    ...["Audit", "Modify", "Use"].map((name) => `Mapping.${name}`),
    ...["Allocate", "Audit"].map((name) => `Pool.${name}`),
    ...["Group.Allocate", "Permissions.Modify", "Realm.Allocate", "Realm.AllocateUser", "User.Modify"],
];

/** A role at a path, for the program's user. */
export interface ProgramGrant {
    readonly role: string;
    readonly path: string;
    readonly propagate: boolean;
    readonly privileges: readonly string[];
}

/**
 * What the program's token may do: the roles that `npm run host-prep -- --bootstrap` makes for a house, a test compares them.
 * The paths are wider than a house's, because the lab's house may change its bridge and its datastores at every `up`.
 */
export const PROGRAM_GRANTS: readonly ProgramGrant[] = [
    {
        role: "HomelabMachines",
        path: "/vms",
        propagate: true,
        privileges: [
            ...["Allocate", "Audit", "PowerMgmt"].map(vm),
            ...["CDROM", "CPU", "Cloudinit", "Disk", "HWType", "Memory", "Network", "Options"].map((name) =>
                vm(`Config.${name}`),
            ),
        ],
    },
    {
        role: "HomelabFiles",
        path: "/storage",
        propagate: true,
        privileges: ["Datastore.Allocate", "Datastore.AllocateTemplate", "Datastore.Audit"],
    },
    {
        role: "HomelabDisks",
        path: "/storage",
        propagate: true,
        privileges: ["Datastore.AllocateSpace", "Datastore.Audit"],
    },
    { role: "HomelabHosts", path: "/nodes", propagate: true, privileges: ["Sys.AccessNetwork"] },
    { role: "HomelabNetwork", path: "/sdn/zones/localnetwork", propagate: true, privileges: ["SDN.Use"] },
    { role: "HomelabMappings", path: "/mapping/pci", propagate: true, privileges: ["Mapping.Modify", "Mapping.Use"] },
    { role: "HomelabRoot", path: "/", propagate: false, privileges: ["Sys.Modify"] },
];

/** Roles that always exist; the others are in the cluster's state. */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly string[]>> = {
    Administrator: ALL_PRIVILEGES,
    NoAccess: [],
    PVEAuditor: ALL_PRIVILEGES.filter((name) =>
        /^(VM|Sys|Datastore|SDN|Mapping|Pool|VM\.GuestAgent)\.Audit$/.test(name),
    ),
    PVEVMUser: ["VM.Audit", "VM.Backup", "VM.Config.CDROM", "VM.Config.Cloudinit", "VM.Console", "VM.PowerMgmt"],
};

function vm(name: string): string {
    return `VM.${name}`;
}
