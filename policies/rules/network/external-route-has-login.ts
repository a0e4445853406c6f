import type { Field } from "../../model/field";
import { type GraphIndex, named, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import { backends, isExternal, isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

const logins = ["forwardAuth", "basicAuth", "digestAuth"] as const;
const ingressLogins = ["nginx.ingress.kubernetes.io/auth-url", "nginx.ingress.kubernetes.io/auth-type"] as const;

export const externalRouteHasLogin: StackRule = {
    kind: "stack",
    name: "external-route-has-login",
    level: "mandatory",
    severity: "high",
    description: "A route that is open to the internet asks who is there before the program does.",
    incident:
        "A download client was opened to the internet with the password that it had been installed with. It runs commands " +
        "after each download, and within a day it ran somebody else's.",
    instead: "a Middleware with forwardAuth in the route; an exception where the program's own login was looked at.",
    applies: (type) => isRoute(type) || isKind("Middleware")(type),
    check(graph, report) {
        for (const route of routes(graph)) {
            report.guard(route, () => {
                if (isExternal(route)) checkRoute(route, graph, report);
            });
        }
    },
};

function checkRoute(route: Subject, graph: GraphIndex, report: Report): void {
    const refuse = (path: string) => {
        const wrong = "nobody is asked for a login before the program itself is reached from the internet";
        report.violation(route, { path, wrong, write: "name a Middleware with forwardAuth among its middlewares" });
    };
    if (route.type.kind !== "IngressRoute") {
        const annotations = route.object.at("metadata", "annotations");
        if (!ingressLogins.some((key) => annotations.at(key).exists())) refuse("metadata.annotations");
        return;
    }
    if (isTheLogin(route, graph)) return;
    for (const rule of route.object.at("spec", "routes").items()) {
        report.guard(route, () => {
            const references = rule.at("middlewares").items();
            if (references.some((reference) => asks(reference, namespaceOf(route), graph))) return;
            refuse(rule.at("middlewares").path);
        });
    }
}

/** Whether a route leads to where others are sent to log in, and nowhere else. Throws `NotKnown`. */
function isTheLogin(route: Subject, graph: GraphIndex): boolean {
    const askedAt = ofKind(graph, "Middleware").map(({ object }) => object.at("spec", "forwardAuth", "address"));
    const targets = backends(route);
    return (
        targets.length > 0 &&
        targets.every(({ service, namespace }) =>
            askedAt.some((address) => (address.text() ?? "").startsWith(`http://${service}.${namespace}.svc`)),
        )
    );
}

/** Whether a middleware, or one of a chain, asks for a login. Throws `NotKnown`. */
function asks(reference: Field, home: string, graph: GraphIndex): boolean {
    const namespace = reference.at("namespace").text() ?? home;
    const { certain, open } = named(graph, "Middleware", namespace, reference.at("name").text() ?? "");
    if (certain.length === 0 && open) throw open.unknown;
    return certain.some(({ object }) => {
        const chained = object.at("spec", "chain", "middlewares").items();
        return (
            logins.some((key) => object.at("spec", key).exists()) ||
            chained.some((link) => asks(link, namespace, graph))
        );
    });
}
