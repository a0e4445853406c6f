import type { CommonCheck } from "./places";

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
