import type { CrossCheck } from "./places";

/** With one address of one server in everybody's hands, the other servers are there for nothing when it is away. */
export const severalServersShareAnAddress: CrossCheck = ({ cluster }) => {
    const servers = cluster?.servers.machines.length ?? 0;
    return servers < 2 || cluster?.virtualAddress !== undefined
        ? []
        : [
              {
                  path: "cluster.virtualAddress",
                  wrong: "is left out",
                  rule: `machines and administrators reach ${servers} servers by one address that outlives each of them`,
                  write: "write a free address of network.lan.cidr that the router does not hand out",
              },
          ];
};
