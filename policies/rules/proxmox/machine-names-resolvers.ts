import { isMachine } from "../../model/machine";
import type { ResourceRule } from "../../model/rule";

export const machineNamesResolvers: ResourceRule = {
    kind: "resource",
    name: "machine-names-resolvers",
    level: "mandatory",
    severity: "medium",
    description: "A machine that is set up from the network is told its resolvers by address.",
    incident:
        "Machines took their resolver from the router, which had it from the provider. That one answered for names it did not " +
        "like with an address of its own, and CoreDNS, which asks its node, passed the answer on to every pod.",
    instead: "network.dns in the house's configuration, which every machine is given.",
    applies: isMachine,
    check(subject, report) {
        const setUp = subject.object.at("initialization");
        if (!setUp.exists()) return;
        const servers = setUp.at("dns", "servers");
        if (servers.items().length > 0) return;
        report.violation(subject, {
            path: servers.path,
            wrong: "names are asked of whatever the network hands out, and CoreDNS asks its node",
            write: "name the resolvers of the house by address",
        });
    },
};
