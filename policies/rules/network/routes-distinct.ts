import { type GraphIndex } from "../../model/graph-index";
import { NotKnown } from "../../model/field";
import type { Report } from "../../model/report";
import { isRoute, routes } from "../../model/route";
import type { StackRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

/** What a route answers to: a host with a path, or a rule of Traefik as it is written. */
interface Claim {
    readonly route: Subject;
    readonly path: string;
    readonly key: string;
    /** Whether any name is answered. */
    readonly any: boolean;
}

export const routesDistinct: StackRule = {
    kind: "stack",
    name: "routes-distinct",
    level: "mandatory",
    severity: "medium",
    description: "Every route names its host, and no two routes answer to the same host and path.",
    incident:
        "Two programs were given the same name, and the ingress controller chose one of them by the length of its rule: " +
        "which one was reachable changed with an unrelated edit. A route without a host took every name that nobody had.",
    instead: "a host name of its own for each route, without a wildcard.",
    applies: isRoute,
    check(graph, report) {
        const claims = allClaims(graph, report);
        const seen = new Map<string, Claim>();
        for (const claim of claims) {
            const { route, path, key, any } = claim;
            if (any) {
                report.violation(route, {
                    path,
                    wrong: `${key} answers to names of others`,
                    write: "name one host in full",
                });
            }
            const other = seen.get(key);
            seen.set(key, other ?? claim);
            if (!other) continue;
            report.violation(route, {
                path,
                wrong: `${key} is answered by ${other.route.title} too, and chance decides which of them`,
                write: "give it a host or a path of its own",
            });
        }
    },
};

function allClaims(graph: GraphIndex, report: Report): readonly Claim[] {
    return routes(graph).flatMap((route) => {
        try {
            return claimsOf(route);
        } catch (error) {
            if (!(error instanceof NotKnown)) throw error;
            report.unchecked(route, error);
            return [];
        }
    });
}

function claimsOf(route: Subject): readonly Claim[] {
    const spec = route.object.at("spec");
    switch (route.type.kind) {
        case "Ingress":
            return spec
                .at("rules")
                .items()
                .flatMap((rule) => {
                    const host = rule.at("host").text() ?? "";
                    const paths = rule.at("http", "paths").items();
                    const named = paths.map((path) => path.at("path").text() ?? "/");
                    return named.map((path) => claim(route, rule.at("host").path, host, path));
                });
        case "HTTPRoute":
            return spec
                .at("hostnames")
                .items()
                .map((host) => claim(route, host.path, host.text() ?? "", "/"));
        case "IngressRoute":
        case "IngressRouteTCP":
            return spec
                .at("routes")
                .items()
                .map((rule) => traefikClaim(route, rule.at("match").path, rule.at("match").text() ?? ""));
        default:
            return [];
    }
}

function claim(route: Subject, path: string, host: string, below: string): Claim {
    return { route, path, key: `${host}${below}`, any: host === "" || host.includes("*") };
}

function traefikClaim(route: Subject, path: string, match: string): Claim {
    // The same host on another entry point is a redirection or its target.
    const points = route.object
        .at("spec", "entryPoints")
        .items()
        .map((point) => point.text() ?? "");
    const alone = /^\s*Host\(`([^`]+)`\)\s*$/.exec(match)?.[1];
    const key = alone === undefined ? match.replace(/\s+/g, "") : `${alone}/`;
    const any = !/Host(SNI)?\(`[^`*]+`\)/.test(match);
    return {
        route,
        path,
        key: points.length === 0 || points.includes("web") ? key : `${key} (${points.join(", ")})`,
        any,
    };
}
