import type { CrossCheck } from "./places";

/** The HA manager acts where most hosts are there; of two hosts, one alone is no majority and would reset itself. */
export const haHasQuorum: CrossCheck = ({ proxmox, hosts }) =>
    proxmox?.ha !== true || hosts === undefined || hosts.length >= 3
        ? []
        : [
              {
                  path: "proxmox.ha",
                  wrong: `true with ${hosts.length === 1 ? "1 host" : `${hosts.length} hosts`}`,
                  rule: "the HA manager needs the majority of three hosts or more; a host without it resets itself",
                  write: "write false, or add hosts",
              },
          ];

/** In a power failure machines go down by themselves, agents first; the HA manager would start them again at once. */
export const haLetsMachinesGo: CrossCheck = ({ proxmox, ups }) =>
    proxmox?.ha !== true || ups === undefined
        ? []
        : [
              {
                  path: "proxmox.ha",
                  wrong: "true in a house with a UPS",
                  rule: "the HA manager starts a machine again that has gone down by itself, and keeps to no order",
                  write: "write false, or leave the area ups out",
              },
          ];
