import { reverseZones } from "./reverse-zones";

/** Resolvers for the names of the world. */
export interface Upstreams {
    readonly upstreams: readonly {
        /** As its certificate has it; who cannot prove it is not asked. Not looked at with `plain`. */
        readonly name: string;
        readonly addresses: readonly string[];
    }[];
    /** DNS over TLS on port 853, or plain DNS on port 53. */
    readonly transport: "tls" | "plain";
}

/** Names that are asked of resolvers of the house, plainly. */
export interface HomeZone {
    /** Without a dot at its end. */
    readonly domain: string;
    /** Networks whose addresses have their names there too, in CIDR notation. */
    readonly networks: readonly string[];
    readonly resolvers: readonly string[];
}

/** Names that lead to one Service. Names below them do not. */
export interface ServedNames {
    /** Without a dot at their ends. */
    readonly names: readonly string[];
    /** Full name of the Service, `<name>.<namespace>.svc.cluster.local`. */
    readonly service: string;
}

export interface CorefileSettings extends Upstreams {
    readonly homeZone: HomeZone | undefined;
    /** What the cluster answers itself; `undefined` where the home zone knows these names. */
    readonly served: ServedNames | undefined;
}

/** The domain of the cluster; charts have it built in. */
export const CLUSTER_DOMAIN = "cluster.local";

/** Where pods answer the kubelet's questions: alive, and ready. */
export const HEALTH_PORT = 8080;
export const READY_PORT = 8181;
export const METRICS_PORT = 9153;

/** Lines of a block: `{` ends its first line, `}` stands alone. */
function block(head: string, lines: readonly string[]): string[] {
    return [`${head} {`, ...lines.map((line) => `    ${line}`), "}"];
}

function endpoints({ upstreams, transport }: Upstreams): string {
    return upstreams
        .flatMap(({ name, addresses }) =>
            addresses.map((address) => (transport === "tls" ? `tls://${address}%${name}` : address)),
        )
        .join(" ");
}

/** Chosen by turns; one that has failed twice is left out until it answers again, which is asked twice a second. */
const FORWARDING = ["max_concurrent 1000", "read_timeout 1s"];

function forwards(settings: CorefileSettings): string[] {
    const { homeZone } = settings;
    const zones = homeZone === undefined ? [] : [homeZone.domain, ...homeZone.networks.flatMap(reverseZones)];
    const resolvers = homeZone?.resolvers ?? [];
    return [
        // In their order: the second may know less than the first.
        ...zones.flatMap((zone) =>
            block(`forward ${zone} ${resolvers.join(" ")}`, ["policy sequential", ...FORWARDING]),
        ),
        ...block(`forward . ${endpoints(settings)}`, FORWARDING),
    ];
}

/** Each by itself: a NAS, a database or a login may have its name below the same domain, at another address. */
function served({ names, service }: ServedNames): string[] {
    return names.map((name) => `rewrite stop name exact ${name} ${service} answer auto`);
}

/**
 * What the cluster's DNS is told (`coredns.io/manual/toc`). Names of the cluster first, then those of the house, and
 * the names of the world at resolvers that we name: nothing in here comes from a router.
 */
export function corefile(settings: CorefileSettings): string {
    const lines = block(".:53", [
        // Half of it is what an upstream gets for its greeting before the next one is tried; by default 2.5 s, as its manual has it.
        "cancel 3s",
        "errors",
        // Ready first says no for a while, so that nobody is sent to a pod that goes.
        ...block(`health :${HEALTH_PORT}`, ["lameduck 5s"]),
        `ready :${READY_PORT}`,
        `prometheus :${METRICS_PORT}`,
        ...(settings.served === undefined ? [] : served(settings.served)),
        ...block(`kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa`, ["fallthrough in-addr.arpa ip6.arpa"]),
        // A name that was known goes on to be, for an hour, when all who could say so are away.
        ...block("cache 30", ["serve_stale 1h verify"]),
        "loop",
        "reload",
        "loadbalance",
        ...forwards(settings),
    ]);
    return `${lines.join("\n")}\n`;
}
