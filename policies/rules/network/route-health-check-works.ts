import { isIndexed, named } from "../../model/graph-index";
import { backends, isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";

export const routeHealthCheckWorks: StackRule = {
    kind: "stack",
    name: "route-health-check-works",
    level: "mandatory",
    severity: "medium",
    description: "A route asks for health checks only where its ingress controller makes them.",
    incident:
        "A route had a health check every twelve seconds, and everybody believed that this was how long a fail-over took. " +
        "Traefik makes such checks for Services of type ExternalName only: for pods it had never asked anything.",
    instead: "passiveHealthCheck and a retry, which work for pods; or a shorter readiness probe.",
    applies: (type) => isIndexed(type) || isRoute(type),
    check(graph, report) {
        for (const route of routes(graph)) {
            report.guard(route, () => {
                for (const { field, namespace, service } of backends(route)) {
                    const check = field.at("healthCheck");
                    if (!check.exists()) continue;
                    const { certain } = named(graph, "Service", namespace, service);
                    if (!certain.some((target) => target.object.at("spec", "type").text() !== "ExternalName")) continue;
                    report.violation(route, {
                        path: check.path,
                        wrong: `is never made, as ${service} leads to pods and is no ExternalName`,
                        write: "remove it, and write passiveHealthCheck { maxFailedAttempts: 3, failureWindow: 3s }",
                    });
                }
            });
        }
    },
};
