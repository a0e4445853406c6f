import { eachContainer, eachItem, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

/** Protocols by which devices find each other, by their UDP port. */
const discoveries: ReadonlyMap<number, string> = new Map([
    [1900, "SSDP (DLNA, UPnP)"],
    [5353, "mDNS"],
]);

export const multicastOnHostNetwork: ResourceRule = {
    kind: "resource",
    name: "multicast-on-host-network",
    level: "mandatory",
    severity: "low",
    description: "What is found by multicast runs on its node's network, where multicast arrives.",
    incident:
        "DLNA was switched on and no television saw it: its search goes to 239.255.255.250, and no pod network forwards that. " +
        "The port was declared, the Service was there, and nothing ever arrived.",
    instead: 'a small pod for the discovery alone, with weaken: { "host-network": ... }, or no DLNA.',
    applies: runsPods,
    check(subject, report) {
        if (subject.type.patch) return;
        eachContainer(subject, report, (container, { spec }) => {
            eachItem(subject, report, container.at("ports"), (port) => {
                const protocol = discoveries.get(port.at("containerPort").number() ?? 0);
                if (protocol === undefined || port.at("protocol").text() !== "UDP") return;
                if (spec.at("hostNetwork").flag() === true) return;
                report.violation(subject, {
                    path: port.path,
                    wrong: `${protocol} is multicast, which does not reach the network of pods`,
                    write: "set hostNetwork with its reason in an exception from no-host-network, or leave the port out",
                });
            });
        });
    },
};
