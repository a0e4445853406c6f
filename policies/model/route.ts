import type { Field } from "./field";
import { type GraphIndex, ofKind } from "./graph-index";
import { isKind } from "./kind";
import { type Subject, namespaceOf } from "./subject";

const traefikKinds = ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"] as const;
const kinds = [...traefikKinds, "Ingress", "HTTPRoute"] as const;

/** Whether a type leads traffic from outside of the cluster to Services. */
export const isRoute: (type: string) => boolean = isKind(...kinds);

/** One Service that a route leads to. */
export interface Backend {
    readonly subject: Subject;
    /** What names the Service. */
    readonly field: Field;
    /** Traefik's route above it, with the middlewares; `undefined` for other kinds. */
    readonly rule: Field | undefined;
    readonly namespace: string;
    readonly service: string;
    /** Number or name; `undefined` where none is written. */
    readonly port: number | string | undefined;
}

/** The routes of a graph, as they were written. */
export function routes(graph: GraphIndex): readonly Subject[] {
    return ofKind(graph, ...kinds);
}

/** The Services that a route leads to; those of Traefik's own that are no Services are left out. Throws `NotKnown`. */
export function backends(route: Subject): readonly Backend[] {
    switch (route.type.kind) {
        case "Ingress":
            return [...ingressBackends(route)].filter((field) => field.exists()).map((field) => plain(route, field));
        case "HTTPRoute":
            return listed(route, "rules", "backendRefs").map(({ field }) => backend(route, field, undefined));
        default:
            return listed(route, "routes", "services")
                .filter(({ field }) => (field.at("kind").text() ?? "Service") === "Service")
                .map(({ field, rule }) => backend(route, field, rule));
    }
}

function ingressBackends(route: Subject): readonly Field[] {
    const spec = route.object.at("spec");
    const paths = spec
        .at("rules")
        .items()
        .flatMap((rule) => rule.at("http", "paths").items());
    return [spec.at("defaultBackend"), ...paths.map((path) => path.at("backend"))].map((entry) => entry.at("service"));
}

function listed(route: Subject, rules: string, services: string): readonly { field: Field; rule: Field }[] {
    return route.object
        .at("spec", rules)
        .items()
        .flatMap((rule) =>
            rule
                .at(services)
                .items()
                .map((field) => ({ field, rule })),
        );
}

function plain(subject: Subject, field: Field): Backend {
    const port = field.at("port", "number").number() ?? field.at("port", "name").text();
    const service = field.at("name").text() ?? "";
    return { subject, field, rule: undefined, namespace: namespaceOf(subject), service, port };
}

function backend(subject: Subject, field: Field, rule: Field | undefined): Backend {
    const port = field.at("port").number() ?? field.at("port").text();
    const namespace = field.at("namespace").text() ?? namespaceOf(subject);
    return { subject, field, rule, namespace, service: field.at("name").text() ?? "", port };
}

/** Traefik's entry point that a router opens to the internet. */
const INTERNET = "internet";

/**
 * Whether the internet may use a route: the label `homelab/exposure: external` says so, or it is on the entry point for the
 * internet. Throws `NotKnown`.
 */
export function isExternal(route: Subject): boolean {
    if (entryPoints(route).includes(INTERNET)) return true;
    return route.object.at("metadata", "labels", "homelab/exposure").text() === "external";
}

/** Names of the entry points that a route of Traefik's is on. Throws `NotKnown`. */
export function entryPoints(route: Subject): readonly string[] {
    return route.object
        .at("spec", "entryPoints")
        .items()
        .flatMap((entry) => entry.text() ?? []);
}
