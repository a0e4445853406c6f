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

/**
 * What the program's token may do, and nothing more; each with what needs it. A house gives its token the same:
 * `pveum role add HomelabProgram --privs "<these, separated by spaces>"`.
 */
export const PROGRAM_PRIVILEGES: Readonly<Record<string, string>> = {
    "VM.Allocate": "create and delete machines",
    "VM.Audit": "read machines; without it they seem to have vanished",
    "VM.PowerMgmt": "start, stop and reboot",
    "VM.Config.CDROM": "the cloud-init drive",
    "VM.Config.CPU": "cores and CPU type",
    "VM.Config.Cloudinit": "addresses and user-data",
    "VM.Config.Disk": "disks and boot order",
    "VM.Config.HWType": "machine type, display, passed-through devices",
    "VM.Config.Memory": "memory",
    "VM.Config.Network": "network devices",
    "VM.Config.Options": "name, agent, start at boot, firmware",
    "VM.GuestAgent.Audit": "addresses that the guest agent reports",
    "Datastore.Allocate": "path of the datastore that gets the snippets, deleting images and snippets",
    "Datastore.AllocateSpace": "disks",
    "Datastore.AllocateTemplate": "download of the guest image",
    "Datastore.Audit": "reading images and disks",
    "Sys.AccessNetwork": "download of the guest image by the host",
    "Sys.Audit": "network devices and PCI devices of a host",
    "SDN.Use": "network devices on a bridge",
    "Mapping.Modify": "creating and reading PCI mappings",
    "Mapping.Use": "passing mapped devices through",
};

/** Role of the program's user. */
export const PROGRAM_ROLE = "HomelabProgram";

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
