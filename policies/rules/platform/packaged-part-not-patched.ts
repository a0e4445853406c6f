import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";
import { namespaceOf } from "../../model/subject";

/** What k3s brings along, by name, and where a change of it belongs. */
const packaged: Readonly<Record<string, string>> = {
    coredns: "write network.dns, of which components/network makes the cluster's own DNS",
    traefik: "write a HelmChartConfig for traefik, as infra/k3s does",
    "local-path-config": "make a storage class of your own",
    "local-path-provisioner": "make a storage class of your own",
    "metrics-server": "switch it off in the servers' configuration, and install your own",
};

export const packagedPartNotPatched: ResourceRule = {
    kind: "resource",
    name: "packaged-part-not-patched",
    level: "mandatory",
    severity: "high",
    plannedOnly: true,
    description: "What k3s packages is changed where k3s looks for changes, never in the object itself.",
    incident:
        "CoreDNS was patched to ask a better resolver. At the next restart of a server k3s wrote its own manifest again, and " +
        "the old resolver was back, weeks after everybody had forgotten why.",
    instead: "the servers' configuration, a HelmChartConfig, or, for names, network.dns.",
    applies: isKind("ConfigMap", "Deployment", "Service", "DaemonSet"),
    check(subject, report) {
        if (namespaceOf(subject) !== "kube-system") return;
        const field = subject.object.at("metadata", "name");
        const name = field.text() ?? "";
        const write = Object.hasOwn(packaged, name) ? packaged[name] : undefined;
        if (write !== undefined) {
            const wrong = `${name} is written again by k3s at each start of a server, and this change is lost`;
            report.violation(subject, { path: field.path, wrong, write });
            return;
        }
        if (name !== "coredns-custom") return;
        report.violation(subject, {
            path: field.path,
            wrong: "coredns-custom is read by the DNS that k3s packages, which does not run here",
            write: "write network.dns: a homeZone for names that only the house knows",
        });
    },
};
