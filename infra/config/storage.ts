import { z } from "zod";
import { ipv4 } from "./addressing";
import { count, field, flag, gibibytes, group, text } from "./field";

const nasSchema = group("The NAS that holds the library.", {
    address: ipv4("Address of the NFS server."),
    export: text(
        /^(\/[A-Za-z0-9._-]+)+$/,
        "Path that it exports. Media and downloads are folders of this one mount: hard links do not work across mounts.",
        {
            is: "a path",
            rule: "an absolute path without a slash at its end",
            write: "write one like /mnt/pool",
        },
    ),
    nfsVersion: field(
        z.enum(["4.2", "4.1"]),
        "Version of NFS in which the share is mounted. Default: 4.2. 4.1 where the NAS speaks no later one, as Synology's DSM. A volume keeps the version that it was made with.",
        {
            is: '"4.2" or "4.1", a text',
            rule: "older versions have no locks that outlive a restart of the NAS",
            write: (value) => (value === 4.2 || value === 4.1 ? `write "${value}" in quotes` : 'write "4.2" or "4.1"'),
        },
    ).default("4.2"),
    movedFrom: text(
        /^[0-9.]+:(\/[A-Za-z0-9._-]+)+$/,
        "Where the share was before, and only while it moves: says that the volumes there are gone. Default: none, and a change of address or export is refused. The whole way: docs/how-to/move-the-nas.md.",
        {
            is: "a share",
            rule: "a share is the address of its NAS and the exported path, with a colon between them",
            write: "write one like 192.168.30.10:/mnt/pool",
        },
    ).optional(),
});

/** Copies of a block volume where nothing is said: one host may fail. */
export const defaultBlockReplicas = 2;

/** Size of a library that is no NAS, in GiB, where nothing is said. */
export const defaultLibraryGiB = 100;

const blockReplicas = count(
    `Copies that the block storage keeps of each volume, each on another host. Default: ${defaultBlockReplicas}: one host may fail.`,
    { min: 1, max: 5, rule: "each copy is written at every write, and more than 5 help nobody" },
);

const preflight = flag(
    "Whether `pulumi up` proves on each node that the NAS can be mounted, that block volumes can be made and attached, and that the node's disk has room, and stops before Jellyfin where that fails. Default: true.",
).default(true);

/** Size of the block volume that is made on each node for it, in GiB. */
export const preflightGiB = 0.125;

/** Where data lives: the NAS, and the replicated disks of the machines. */
export const storageSchema = group("Where data lives.", {
    nas: nasSchema,
    blockReplicas: blockReplicas.default(defaultBlockReplicas),
    preflight,
});

/** Where data lives in a cluster that is there already: it may have storage of its own. */
export const existingStorageSchema = group("Where data lives.", {
    nas: nasSchema
        .describe("The NAS that holds the library. Leave it out where cluster.storageClasses.shared is there.")
        .optional(),
    blockReplicas: blockReplicas
        .describe(
            `Copies that Longhorn keeps of each volume, each on another host. Default: ${defaultBlockReplicas}. Not where cluster.storageClasses.block is there, which keeps as many as it does.`,
        )
        .optional(),
    libraryGiB: gibibytes(
        `Size of the library in GiB where cluster.storageClasses.shared is its place. Default: ${defaultLibraryGiB}.`,
        { min: 1, max: 65_536, rule: "a claim asks for a size, and can grow later but never shrink" },
    ).optional(),
    preflight,
});
