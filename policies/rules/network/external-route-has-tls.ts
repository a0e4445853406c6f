import { type GraphIndex, ofKind } from "../../model/graph-index";
import { isKind } from "../../model/kind";
import type { Field } from "../../model/field";
import { isExternal, isRoute, routes } from "../../model/route";
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
    instead: "tls with a secretName that a Certificate with an issuer makes, or with a certResolver.",
    applies: (type) => isRoute(type) || isKind("Certificate")(type),
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
    return route.object
        .at("spec", "entryPoints")
        .items()
        .some((entry) => entry.text() === "websecure");
}

function checkTraefik(route: Subject, graph: GraphIndex, report: Report): void {
    const tls = route.object.at("spec", "tls");
    if (tls.at("certResolver").exists() || tls.at("passthrough").flag() === true) return;
    checkSecret(route, tls, tls.at("secretName"), graph, report);
}

function checkIngress(route: Subject, graph: GraphIndex, report: Report): void {
    const annotations = route.object.at("metadata", "annotations");
    const issued = ["cluster-issuer", "issuer"].some((key) => annotations.at(`cert-manager.io/${key}`).exists());
    const tls = route.object.at("spec", "tls");
    const entries = tls.items();
    if (entries.length === 0) return checkSecret(route, tls, tls.at("secretName"), graph, report);
    for (const entry of issued ? [] : entries) {
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
    const issued = ofKind(graph, "Certificate").some(
        (certificate) =>
            namespaceOf(certificate) === namespaceOf(route) &&
            certificate.object.at("spec", "secretName").text() === name &&
            certificate.object.at("spec", "issuerRef", "name").exists(),
    );
    if (issued) return;
    report.violation(route, { path: secret.path, wrong: `no Certificate makes ${name}, so nobody renews it`, write });
}
