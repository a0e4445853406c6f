import { addressNumber, rangeEnds, toAddress } from "../addressing";
import type { ConfigIssue } from "../issues";
import { bounds } from "./networks";
import { machinePlaces, virtualAddressPlaces, type CrossCheck, type SoundAreas } from "./places";
import { resolverPlaces } from "./resolvers";

/** A fixed address, and whose it is. */
interface Fixed {
    readonly path: string;
    readonly address: string;
    readonly bearer: string;
}

/** First and last address of a range as numbers; both belong to it. */
function ends(range: string): { first: number; last: number } {
    const { first, last } = rangeEnds(range);
    return { first: addressNumber(first), last: addressNumber(last) };
}

/**
 * All addresses of the house that are written down one by one, each once: what is two things at a time, such as a NAS that
 * tells of the power, is named as the first of them.
 */
function fixedAddresses(areas: SoundAreas): Fixed[] {
    const { network, hosts, cluster, storage, ups } = areas;
    const all: readonly Fixed[] = [
        ...(network === undefined
            ? []
            : [{ path: "network.lan.gateway", address: network.lan.gateway, bearer: "the gateway" }]),
        ...(hosts ?? []).map(({ name, address }, index) => ({
            path: `hosts[${index}].address`,
            address,
            bearer: name,
        })),
        ...machinePlaces(cluster).map(({ path, machine }) => ({
            path: `${path}.address`,
            address: machine.address,
            bearer: machine.name,
        })),
        ...virtualAddressPlaces(cluster),
        ...(storage === undefined
            ? []
            : [{ path: "storage.nas.address", address: storage.nas.address, bearer: "the NAS" }]),
        ...resolverPlaces(areas),
        ...(ups === undefined ? [] : [{ path: "ups.server", address: ups.server, bearer: "the NUT server" }]),
    ];
    return all.filter(({ address }, index) => all.findIndex((other) => other.address === address) === index);
}

/** Tells when a range leaves the network of the machines. */
function outsideTheLan(path: string, range: string, cidr: string): ConfigIssue[] {
    const lan = bounds(cidr);
    const { first, last } = ends(range);
    return first > lan.first && last < lan.last
        ? []
        : [
              {
                  path,
                  wrong: `${range} is not inside network.lan.cidr ${cidr}`,
                  rule: "the machines' network is the only one in which these addresses are reached",
                  write: `write a range from ${toAddress(lan.first + 1)} to ${toAddress(lan.last - 1)}`,
              },
          ];
}

/** The router hands out addresses of its own network. */
export const dhcpInTheLan: CrossCheck = ({ network }) =>
    network?.lan.dhcp === undefined ? [] : outsideTheLan("network.lan.dhcp", network.lan.dhcp, network.lan.cidr);

/** What has a fixed address keeps it only as long as the router gives it to nobody else. */
export const fixedOutsideDhcp: CrossCheck = (areas) => {
    const range = areas.network?.lan.dhcp;
    return range === undefined
        ? []
        : within(range, fixedAddresses(areas)).map(({ path, address, bearer }) => ({
              path,
              wrong: `${address} is in network.lan.dhcp ${range}`,
              rule: "the router gives an address of its DHCP range to whoever comes along",
              write: `give ${bearer} one outside the range, or make the range smaller`,
          }));
};

/** An address that MetalLB announces is announced by nobody else. */
export const loadBalancerRangeIsFree: CrossCheck = (areas) => {
    const { network } = areas;
    if (network?.loadBalancer.kind !== "metallb") {
        return [];
    }
    const { addresses: range } = network.loadBalancer;
    const path = "network.loadBalancer.addresses";
    const rule = "two that answer for one address take turns";
    const { first, last } = ends(range);
    const dhcp = network.lan.dhcp === undefined ? undefined : ends(network.lan.dhcp);
    const inDhcp = dhcp !== undefined && first <= dhcp.last && dhcp.first <= last;
    return [
        ...outsideTheLan(path, range, network.lan.cidr),
        ...within(range, fixedAddresses(areas)).map(({ address, bearer }) => ({
            path,
            wrong: `${range} holds ${address}, the address of ${bearer}`,
            rule,
            write: "choose a range that nobody uses",
        })),
        ...(inDhcp
            ? [
                  {
                      path,
                      wrong: `${range} overlaps network.lan.dhcp ${network.lan.dhcp ?? ""}`,
                      rule,
                      write: "choose a range that the router does not hand out",
                  },
              ]
            : []),
    ];
};

/** Those of the addresses that lie in a range. */
function within(range: string, addresses: readonly Fixed[]): Fixed[] {
    const { first, last } = ends(range);
    return addresses.filter(({ address }) => addressNumber(address) >= first && addressNumber(address) <= last);
}
