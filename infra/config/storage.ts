import { ipv4 } from "./addressing";
import { count, group, text } from "./field";

/** Where data lives: the NAS, and the replicated disks of the machines. */
export const storageSchema = group("Where data lives.", {
    nas: group("The NAS that holds the library.", {
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
    }),
    blockReplicas: count(
        "Copies that the block storage keeps of each volume, each on another host. Default: 2: one host may fail.",
        { min: 1, max: 5, rule: "each copy is written at every write, and more than 5 help nobody" },
    ).default(2),
});
