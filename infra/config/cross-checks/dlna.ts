import type { CommonCheck, CrossCheck } from "./places";

/** Devices that know DLNA only know no TLS. */
export const dlnaOverPlainHttp: CommonCheck = ({ jellyfin }) =>
    jellyfin?.dlna === undefined || jellyfin.plainHttp
        ? []
        : [
              {
                  path: "jellyfin.dlna",
                  wrong: "Jellyfin answers to https alone",
                  rule: "televisions that know DLNA only know no TLS",
                  write: "set jellyfin.plainHttp: true, or leave jellyfin.dlna out",
              },
          ];

/** At the machines' own addresses the family and the internet look alike, so Jellyfin takes nobody for somebody at home. */
export const dlnaKnowsWhoIsAtHome: CrossCheck = ({ jellyfin, network }) =>
    jellyfin?.dlna === undefined || jellyfin.exposure !== "public" || network?.loadBalancer.kind !== "servicelb"
        ? []
        : [
              {
                  path: "jellyfin.dlna",
                  wrong: "jellyfin.exposure is public, and network.loadBalancer.kind is servicelb",
                  rule: "DLNA lets in whoever is at home without a login, and at the machines' own addresses visitors lose theirs, by which Jellyfin tells who is",
                  write: "write network.loadBalancer of kind metallb, or jellyfin.exposure: internal, or leave jellyfin.dlna out",
              },
          ];
