import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";

export const serviceStaysInside: ResourceRule = {
    kind: "resource",
    name: "service-stays-inside",
    level: "mandatory",
    severity: "medium",
    description:
        "No Service takes a port of the nodes or an address of the house: programs are reached by the ingress.",
    incident:
        "A NodePort that had been opened for a test stayed for months: every node answered on it without TLS and without the " +
        "login that stood in front of the route.",
    instead: "a Service of type ClusterIP, and a route to it.",
    applies: isKind("Service"),
    check(service, report) {
        report.guard(service, () => {
            const type = service.object.at("spec", "type");
            const written = type.text();
            if (written !== "NodePort" && written !== "LoadBalancer") return;
            report.violation(service, {
                path: type.path,
                wrong: `${written} opens a port on every node, past the ingress`,
                write: "write ClusterIP and add a route, or give the reason as an exception",
            });
        });
        report.guard(service, () => {
            const addresses = service.object.at("spec", "externalIPs");
            if (addresses.items().length === 0) return;
            report.violation(service, {
                path: addresses.path,
                wrong: "takes traffic to addresses of others",
                write: "leave it out and add a route",
            });
        });
    },
};
