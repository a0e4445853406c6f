import { ipv4 } from "./addressing";
import { choice, group, list } from "./field";
import { domain, serverName } from "./naming";

/** A resolver that knows the names of the world. */
const upstreamSchema = group("A resolver that knows the names of the world.", {
    name: serverName("Its name, as its certificate has it; with transport tls, whoever cannot prove it is not asked."),
    addresses: list(
        ipv4("An address of it."),
        "Where it answers. It is asked by address, because nobody could look its name up.",
        {
            min: 1,
            max: 4,
            rule: "a resolver is reached by address",
        },
    ),
});

const homeZoneSchema = group("The names that only the house knows, such as those of the NAS and the printer.", {
    domain: domain("Domain of these names. The reverse names of network.lan go the same way."),
    resolvers: list(
        ipv4("A resolver that knows them."),
        "Who knows them, first to last; mostly the router. It is asked for nothing else, without encryption.",
        { min: 1, max: 3, rule: "somebody has to know the names, and more than 3 help nobody" },
    ),
});

/** Where machines and cluster look names up. */
export const dnsSchema = group(
    "Where machines and cluster look names up: never at the router, because what a provider hands out may lie about names that it does not like.",
    {
        upstreams: list(
            upstreamSchema,
            "Resolvers for the names of the world. All are asked by turns, and one that does not answer is left out. Default: Cloudflare and Quad9.",
            { min: 1, max: 3, rule: "one may fail, and more than 3 help nobody" },
        ).default([
            { name: "cloudflare-dns.com", addresses: ["1.1.1.1", "1.0.0.1"] },
            { name: "dns.quad9.net", addresses: ["9.9.9.9", "149.112.112.112"] },
        ]),
        transport: choice(
            ["tls", "plain"],
            "How they are asked: encrypted, with a proof of who answers (DNS over TLS, TCP port 853), or plain (port 53), which a provider can read and answer itself. Default: tls.",
            "DNS over TLS or plain DNS",
        ).default("tls"),
        homeZone: homeZoneSchema
            .describe(
                "Names that only the house knows, and who knows them. They may be below house.domain. Leave it out, and of the house's own names the cluster knows those of its programs only, such as jellyfin.host.",
            )
            .optional(),
    },
);
