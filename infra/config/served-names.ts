import type { HomelabConfig } from "./schema";

/** A name that a program of the house answers to, and where it is written. */
export interface ServedName {
    /** Path in the configuration, such as `jellyfin.host`. */
    readonly path: string;
    readonly host: string;
}

/** What says where programs answer; an area that is not there has none. */
interface Programs {
    readonly jellyfin?: Pick<HomelabConfig["jellyfin"], "host"> | undefined;
    readonly ingress?: Pick<HomelabConfig["ingress"], "login"> | undefined;
}

/** All names that lead to the house's ingress. Others below house.domain are whoever's the DNS says. */
export function servedNames({ jellyfin, ingress }: Programs): readonly ServedName[] {
    return [
        ...(jellyfin === undefined ? [] : [{ path: "jellyfin.host", host: jellyfin.host }]),
        ...(ingress?.login === undefined ? [] : [{ path: "ingress.login.host", host: ingress.login.host }]),
    ];
}
