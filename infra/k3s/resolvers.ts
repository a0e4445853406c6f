/** Resolvers for the names of the world, and how they are asked. */
export interface Resolvers {
    readonly upstreams: readonly { readonly name: string; readonly addresses: readonly string[] }[];
    readonly transport: "tls" | "plain";
}

/** resolv.conf knows no more. */
const MOST_NAMESERVERS = 3;

export const RESOLVED_CONF_PATH = "/etc/systemd/resolved.conf.d/homelab.conf";

/**
 * The addresses for what can only ask plainly (resolv.conf, the network settings of Proxmox): first one of each
 * upstream, so that the loss of one is not the loss of all.
 */
export function nameservers({ upstreams }: Resolvers): string[] {
    const rounds = Math.max(...upstreams.map(({ addresses }) => addresses.length));
    return Array.from({ length: rounds }, (_, round) =>
        upstreams.flatMap(({ addresses }) => addresses.slice(round, round + 1)),
    )
        .flat()
        .slice(0, MOST_NAMESERVERS);
}

/** The file that pods with the DNS of their node get; encryption is not among what such a file can say. */
export function resolvConf(resolvers: Resolvers): string {
    return nameservers(resolvers)
        .map((address) => `nameserver ${address}\n`)
        .join("");
}

/**
 * What the machine itself asks, for its packages and images (`resolved.conf(5)`). `~.` sends every name to these
 * servers, whatever a network card was told; an empty fallback takes away the ones that systemd was built with.
 */
export function resolvedConf({ upstreams, transport }: Resolvers): string {
    const servers = upstreams.flatMap(({ name, addresses }) =>
        addresses.map((address) => (transport === "tls" ? `${address}#${name}` : address)),
    );
    return [
        "[Resolve]",
        `DNS=${servers.join(" ")}`,
        "FallbackDNS=",
        "Domains=~.",
        `DNSOverTLS=${transport === "tls" ? "yes" : "no"}`,
        "",
    ].join("\n");
}
