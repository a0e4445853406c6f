import ipaddr from "ipaddr.js";
import { addressNumber, toAddress } from "../addressing";
import type { ConfigIssue } from "../issues";
import { machinePlaces, virtualAddressPlaces, type CrossCheck } from "./places";

/** First and last address of a network as numbers. */
export function bounds(cidr: string): { first: number; last: number } {
    return {
        first: addressNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()),
        last: addressNumber(ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString()),
    };
}

interface Resident {
    readonly path: string;
    readonly address: string;
    readonly bearer: string;
}

/** Tells when an address cannot be that of a thing in the network written at `networkPath`. */
function misplaced(resident: Resident, networkPath: string, cidr: string): ConfigIssue[] {
    const { first, last } = bounds(cidr);
    const value = addressNumber(resident.address);
    const network = `${networkPath} ${cidr}`;
    const wrong =
        value < first || value > last
            ? `${resident.address} is outside ${network}`
            : value === first
              ? `${resident.address} is the name of ${network}`
              : value === last
                ? `${resident.address} is the broadcast address of ${network}`
                : undefined;
    return wrong === undefined
        ? []
        : [
              {
                  path: resident.path,
                  wrong,
                  rule: "an address belongs to its network, without the first and the last one",
                  write: `give ${resident.bearer} one from ${toAddress(first + 1)} to ${toAddress(last - 1)}`,
              },
          ];
}

/** Every address lies in the network of its kind. */
export const addressesInTheirNetwork: CrossCheck = ({ network, hosts, cluster, storage }) => {
    if (network === undefined) {
        return [];
    }
    const { lan, management, storage: storageNetwork } = network;
    const lanResidents = [
        { path: "network.lan.gateway", address: lan.gateway, bearer: "the gateway" },
        ...machinePlaces(cluster).map(({ path, machine }) => ({
            path: `${path}.address`,
            address: machine.address,
            bearer: machine.name,
        })),
        ...virtualAddressPlaces(cluster),
    ];
    const hostResidents = (hosts ?? []).map(({ name, address }, index) => ({
        path: `hosts[${index}].address`,
        address,
        bearer: name,
    }));
    const nas =
        storage === undefined ? [] : [{ path: "storage.nas.address", address: storage.nas.address, bearer: "the NAS" }];
    return [
        ...hostResidents.flatMap((resident) =>
            management === undefined
                ? misplaced(resident, "network.lan.cidr", lan.cidr)
                : misplaced(resident, "network.management", management),
        ),
        ...lanResidents.flatMap((resident) => misplaced(resident, "network.lan.cidr", lan.cidr)),
        ...nas.flatMap((resident) =>
            storageNetwork === undefined
                ? misplaced(resident, "network.lan.cidr", lan.cidr)
                : misplaced(resident, "network.storage.cidr", storageNetwork.cidr),
        ),
    ];
};

/** Networks that overlap send packets to the wrong place, and only some of them. */
export const disjointNetworks: CrossCheck = ({ network }) => {
    if (network === undefined) {
        return [];
    }
    const named = [
        { path: "network.lan.cidr", cidr: network.lan.cidr },
        { path: "network.management", cidr: network.management },
        { path: "network.storage.cidr", cidr: network.storage?.cidr },
        { path: "network.pods", cidr: network.pods },
        { path: "network.services", cidr: network.services },
    ].flatMap(({ path, cidr }) => (cidr === undefined ? [] : [{ path, cidr, ...bounds(cidr) }]));
    return named.flatMap((one, index) =>
        named
            .slice(0, index)
            .filter((other) => one.first <= other.last && other.first <= one.last)
            .map((other) => ({
                path: one.path,
                wrong: `${one.cidr} overlaps ${other.path} ${other.cidr}`,
                rule: "networks are disjoint, or packets go to the wrong one",
                write: "choose a network that nobody uses",
            })),
    );
};

/** Two networks with one VLAN tag are one network. */
export const distinctVlans: CrossCheck = ({ network }) => {
    const tag = network?.storage?.vlan;
    return tag === undefined || tag !== network?.lan.vlan
        ? []
        : [
              {
                  path: "network.storage.vlan",
                  wrong: `${tag} is used by network.lan too`,
                  rule: "a VLAN is one network",
                  write: "write the VLAN of the NAS, or leave network.storage out",
              },
          ];
};

/** Each node gets a /24 of the pod network (the controller manager's default mask). */
export const roomForPods: CrossCheck = ({ network, cluster }) => {
    if (network === undefined || cluster === undefined) {
        return [];
    }
    const prefix = ipaddr.IPv4.parseCIDR(network.pods)[1];
    const room = prefix > 24 ? 0 : 2 ** (24 - prefix);
    const nodes = machinePlaces(cluster).length + cluster.joined.length;
    // The next power of two that holds all nodes, as a prefix.
    const needed = 24 - Math.ceil(Math.log2(nodes));
    return nodes <= room
        ? []
        : [
              {
                  path: "network.pods",
                  wrong: `${network.pods} has room for ${room} of ${nodes} nodes`,
                  rule: "each node takes a /24 for its pods",
                  write: `write a network of /${needed} or larger`,
              },
          ];
};

/** Prefix of the smallest network of services: the cluster's DNS has its tenth address, and each program takes some. */
const smallestServices = 24;

/** Each Service has an address of its own for as long as it is there, those of charts and operators too. */
export const roomForServices: CrossCheck = ({ network }) => {
    if (network === undefined) {
        return [];
    }
    const [first, prefix] = ipaddr.IPv4.parseCIDR(network.services);
    return prefix <= smallestServices
        ? []
        : [
              {
                  path: "network.services",
                  wrong: `${network.services} has ${2 ** (32 - prefix)} addresses`,
                  rule: `each Service of the house takes one, and the cluster's DNS has the tenth of a /${smallestServices}`,
                  write: `write ${ipaddr.IPv4.networkAddressFromCIDR(`${first.toString()}/${smallestServices}`).toString()}/${smallestServices} or larger`,
              },
          ];
};
