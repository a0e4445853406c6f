import ipaddr from "ipaddr.js";
import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { reasonOf } from "../../reason";
import { LAN, lanAddress } from "./addresses";

interface Peer {
    ipBlock?: { cidr: string; except?: string[] };
}
interface Rule {
    from?: Peer[];
    to?: Peer[];
    ports?: unknown[];
}
export interface NetworkPolicy extends KubeObject {
    spec: { podSelector: object; policyTypes?: string[]; ingress?: Rule[]; egress?: Rule[] };
}

export interface PolicyAddressesOptions {
    readonly client: KubeClient;
    /** Where the house's API server answers, as its configuration has the addresses. */
    readonly apiServers: readonly string[];
    readonly log: (line: string) => void;
}

const POLICIES = "/apis/networking.k8s.io/v1";
/** On policies that the lab has made of others. */
const TRANSLATED = "lab.homelab/translated";
/** The wider ones are no network of a house. */
const WIDEST_PREFIX = 16;

/**
 * Network policies name addresses as the house's configuration has them, and on the lab's own network the same machines
 * have others. What a policy lets through to such addresses, a second one beside it lets through to theirs.
 */
export class PolicyAddresses {
    private readonly stopped = new AbortController();
    /** Policies, by uid, that have a second one. */
    private readonly translated = new Set<string>();

    constructor(private readonly options: PolicyAddressesOptions) {
        const { client, log } = options;
        void follow<NetworkPolicy>({
            ...{ client, path: `${POLICIES}/networkpolicies`, signal: this.stopped.signal, log },
            query: { labelSelector: `!${TRANSLATED}` },
            changed: (policy) => this.changed(policy).catch((error: unknown) => log(reasonOf(error))),
            // What it was made of goes, and with it what was made of it.
            deleted: ({ metadata }) => void this.translated.delete(metadata.uid ?? ""),
        });
    }

    stop(): void {
        this.stopped.abort();
    }

    private async changed(policy: NetworkPolicy): Promise<void> {
        const { client, apiServers } = this.options;
        const { uid = "", name = "", namespace = "" } = policy.metadata;
        const path = `${POLICIES}/namespaces/${namespace}/networkpolicies/${name}-lan`;
        const second = translate(policy, apiServers);
        if (second !== undefined) {
            this.translated.add(uid);
            await client.apply(path, second, "lab");
        } else if (this.translated.delete(uid)) await client.request("DELETE", path);
    }
}

/** The same for the lab's own addresses; `undefined` for a policy that names none of the house. */
export function translate(policy: NetworkPolicy, apiServers: readonly string[]): NetworkPolicy | undefined {
    const { podSelector, policyTypes = [], ingress = [], egress = [] } = policy.spec;
    const peers = (all: readonly Peer[]) => all.flatMap((peer) => translatedPeers(peer, apiServers));
    const [inward, outward] = [
        ingress.flatMap((rule) => withPeers(rule, "from", peers(rule.from ?? []))),
        egress.flatMap((rule) => withPeers(rule, "to", peers(rule.to ?? []))),
    ];
    // A direction that it did not name would be closed by the second policy.
    const types = [...(inward.length > 0 ? ["Ingress"] : []), ...(outward.length > 0 ? ["Egress"] : [])].filter(
        (type) => policyTypes.includes(type),
    );
    if (types.length === 0) return undefined;
    const { name = "", namespace, uid = "" } = policy.metadata;
    const [apiVersion, kind] = ["networking.k8s.io/v1", "NetworkPolicy"];
    return {
        ...{ apiVersion, kind },
        metadata: {
            name: `${name}-lan`,
            ...(namespace !== undefined && { namespace }),
            labels: { [TRANSLATED]: "true" },
            ownerReferences: [{ apiVersion, kind, name, uid }],
        },
        spec: {
            ...{ podSelector, policyTypes: types },
            ...(types.includes("Ingress") && { ingress: inward }),
            ...(types.includes("Egress") && { egress: outward }),
        },
    };
}

function withPeers({ ports }: Rule, direction: "from" | "to", peers: Peer[]): Rule[] {
    return peers.length === 0 ? [] : [{ [direction]: peers, ...(ports !== undefined && { ports }) }];
}

/** One API server, at the lab's end of the network, stands for those of all servers of the house. */
function translatedPeers({ ipBlock }: Peer, apiServers: readonly string[]): Peer[] {
    if (ipBlock === undefined) return [];
    const { cidr, except = [] } = ipBlock;
    const own = lanCidr(cidr);
    if (own === undefined) return [];
    const spared = except.flatMap((each) => lanCidr(each) ?? []);
    const range = ipaddr.IPv4.parseCIDR(cidr);
    return [
        { ipBlock: { cidr: own, ...(spared.length > 0 && { except: spared }) } },
        ...(apiServers.some((address) => ipaddr.IPv4.parse(address).match(range))
            ? [{ ipBlock: { cidr: `${LAN.address}/32` } }]
            : []),
    ];
}

/** `127.3.20.0/24` is `192.168.20.0/24`; `undefined` for one that is no address of a house. */
function lanCidr(cidr: string): string | undefined {
    const [address = "", prefix = "32"] = cidr.split("/");
    const own = lanAddress(address);
    return own === address || Number(prefix) < WIDEST_PREFIX ? undefined : `${own}/${prefix}`;
}
