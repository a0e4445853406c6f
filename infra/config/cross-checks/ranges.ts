import { addressNumber } from "../addressing";
import type { ConfigIssue } from "../issues";
import { bounds, toAddress } from "./networks";
import { machinePlaces, virtualAddressPlaces, type CrossCheck, type SoundAreas } from "./places";

/** A fixed address, and whose it is. */
interface Fixed {
    readonly path: string;
    readonly address: string;
    readonly bearer: string;
}

/** First and last address of a range as numbers; both belong to it. */
function ends(range: string): { first: number; last: number } {
    const [first = "", last = ""] = range.split("-");
    return { first: addressNumber(first), last: addressNumber(last) };
}

/** All addresses of the house that are written down one by one. */
function fixedAddresses({ network, hosts, cluster, storage }: SoundAreas): Fixed[] {
    return [
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
    ];
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
    if (range === undefined) {
        return [];
    }
    const { first, last } = ends(range);
    return fixedAddresses(areas)
        .filter(({ address }) => addressNumber(address) >= first && addressNumber(address) <= last)
        .map(({ path, address, bearer }) => ({
            path,
            wrong: `${address} is in network.lan.dhcp ${range}`,
            rule: "the router gives an address of its DHCP range to whoever comes along",
            write: `give ${bearer} one outside the range, or make the range smaller`,
        }));
};
