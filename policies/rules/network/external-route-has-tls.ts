import { type GraphIndex, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import type { Field } from "../../model/field";
import { entryPoints, isExternal, isRoute, routes } from "../../model/route";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { type Subject, namespaceOf } from "../../model/subject";

export const externalRouteHasTls: StackRule = {
    kind: "stack",
    name: "external-route-has-tls",
    level: "mandatory",
    severity: "high",
    description:
        "A route that is open to the internet, or says that it is encrypted, has a certificate that somebody renews.",
    incident:
        "A route to the internet was encrypted with the ingress controller's own certificate. People learned to click the " +
        "warning away, and did so again when it was not the house's server that answered.",
    instead:
        "tls: {} and the house's certificate: a TLSStore named default, whose secret a Certificate with an issuer makes for this " +
        "name. A certificate of its own has a secretName that a Certificate makes, or a certResolver.",
    applies: (type) => isRoute(type) || isKind("Certificate", "TLSStore")(type),
    check(graph, report) {
        for (const route of routes(graph)) {
            report.guard(route, () => {
                if (route.type.kind === "HTTPRoute" || !(isExternal(route) || isSecureEntry(route))) return;
                if (route.type.kind === "Ingress") checkIngress(route, graph, report);
                else checkTraefik(route, graph, report);
            });
        }
    },
};

function isSecureEntry(route: Subject): boolean {
    return entryPoints(route).includes("websecure");
}

function checkTraefik(route: Subject, graph: GraphIndex, report: Report): void {
    const tls = route.object.at("spec", "tls");
    if (tls.at("certResolver").exists() || tls.at("passthrough").flag() === true) return;
    if (tls.exists() && !tls.at("secretName").exists() && isCoveredByDefault(route, graph)) return;
    checkSecret(route, tls, tls.at("secretName"), graph, report);
}

/** Whether Traefik's default certificate is one that somebody renews, for every name of a route. Throws `NotKnown`. */
function isCoveredByDefault(route: Subject, graph: GraphIndex): boolean {
    const hosts = route.object
        .at("spec", "routes")
        .items()
        .flatMap((rule) => hostsIn(rule.at("match").text() ?? ""));
    return ofKind(graph, "TLSStore")
        .filter((store) => store.object.at("metadata", "name").text() === "default")
        .flatMap((store) => certificatesOf(store, graph))
        .some((certificate) => {
            const names = certificate.object
                .at("spec", "dnsNames")
                .items()
                .map((name) => name.text() ?? "");
            return hosts.every((host) => names.some((name) => covers(name, host)));
        });
}

/** What stands in `Host`, `HostSNI` and their kind, and not what a rule says of paths. A pattern is a host that nothing covers. */
function hostsIn(match: string): string[] {
    const asked = match.matchAll(/\bHost\w*\((`[^`]*`(?:\s*,\s*`[^`]*`)*)\)/g);
    return [...asked].flatMap(([, hosts = ""]) => [...hosts.matchAll(/`([^`]*)`/g)].map(([, host = ""]) => host));
}

function certificatesOf(store: Subject, graph: GraphIndex): readonly Subject[] {
    const secret = store.object.at("spec", "defaultCertificate", "secretName").text();
    return secret === undefined ? [] : issued(secret, namespaceOf(store), graph);
}

/** Whether a name of a certificate holds for a host; `*` is exactly one label (RFC 9525). */
function covers(name: string, host: string): boolean {
    return name === host || (name.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));
}

/** Certificates with an issuer that make a secret. */
function issued(secret: string, namespace: string, graph: GraphIndex): readonly Subject[] {
    return ofKind(graph, "Certificate").filter(
        (certificate) =>
            namespaceOf(certificate) === namespace &&
            certificate.object.at("spec", "secretName").text() === secret &&
            certificate.object.at("spec", "issuerRef", "name").exists(),
    );
}

function checkIngress(route: Subject, graph: GraphIndex, report: Report): void {
    const annotations = route.object.at("metadata", "annotations");
    const annotated = ["cluster-issuer", "issuer"].some((key) => annotations.at(`cert-manager.io/${key}`).exists());
    const tls = route.object.at("spec", "tls");
    const entries = tls.items();
    if (entries.length === 0) return checkSecret(route, tls, tls.at("secretName"), graph, report);
    for (const entry of annotated ? [] : entries) {
        report.guard(route, () => checkSecret(route, entry, entry.at("secretName"), graph, report));
    }
}

function checkSecret(route: Subject, tls: Field, secret: Field, graph: GraphIndex, report: Report): void {
    const name = secret.text();
    const write = "name a secretName and make a Certificate with an issuerRef for it";
    if (!tls.exists() || name === undefined) {
        const wrong = "no certificate is named: passwords go over the internet as they are, or under a warning";
        return report.violation(route, { path: tls.path, wrong, write });
    }
    if (issued(name, namespaceOf(route), graph).length > 0) return;
    report.violation(route, { path: secret.path, wrong: `no Certificate makes ${name}, so nobody renews it`, write });
}
