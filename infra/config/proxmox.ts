import { url } from "./addressing";
import { flag, group, text } from "./field";

/** How the program reaches Proxmox; the token and the SSH key are secrets and not in here. */
export const proxmoxSchema = group("How the program reaches Proxmox VE.", {
    endpoint: url("Address of the API of any host of the Proxmox cluster, with its port, usually 8006.", {
        schemes: ["https"],
        only: (parsed) => parsed.pathname === "/" && parsed.search === "" && parsed.hash === "",
        is: "the address of a Proxmox API",
        rule: "https, without a path: the provider adds /api2/json itself",
        write: "write one like https://192.168.20.11:8006/",
    }),
    insecure: flag(
        "Whether a certificate that nobody vouches for is accepted. Default: false. True for a fresh Proxmox with its self-signed certificate.",
    ).default(false),
    ha: flag(
        "Whether Proxmox' HA manager starts machines again that have died, and holds each to its host. Default: false. A host " +
            "that has lost the majority of the cluster for a minute then resets itself, so the hosts' network must be sound.",
    ).default(false),
    sshUsername: text(
        /^[a-z_][a-z0-9_-]{0,31}$/,
        "User who copies cloud-init snippets to the hosts over SSH; Proxmox has no API for it. Default: root.",
        {
            is: "a user name",
            rule: "Linux user names are lower-case, without a realm such as @pam",
            write: "write one like root",
        },
    ).default("root"),
});
