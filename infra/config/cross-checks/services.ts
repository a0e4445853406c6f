import type { CommonCheck } from "./places";

/** The house answers only for its own domain: certificates and DNS are made for nothing else. */
export const hostsInDomain: CommonCheck = ({ house, jellyfin }) =>
    house === undefined || jellyfin === undefined || jellyfin.host.endsWith(`.${house.domain}`)
        ? []
        : [
              {
                  path: "jellyfin.host",
                  wrong: `${jellyfin.host} is not below house.domain ${house.domain}`,
                  rule: "the house answers for its own domain only",
                  write: `write ${jellyfin.host.split(".")[0]}.${house.domain}`,
              },
          ];
