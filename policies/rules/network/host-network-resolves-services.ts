import { eachPod, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

const wanted = "ClusterFirstWithHostNet";

export const hostNetworkResolvesServices: ResourceRule = {
    kind: "resource",
    name: "host-network-resolves-services",
    level: "mandatory",
    severity: "medium",
    description: "A pod on its node's network still asks the cluster's DNS.",
    incident:
        "With hostNetwork, Kubernetes reads the default ClusterFirst as the node's resolver. A media server moved to the host " +
        "network could not find jellyfin-postgres any more, and the log spoke of a database that was down.",
    instead: `dnsPolicy: ${wanted} beside hostNetwork, as Workload writes it.`,
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, ({ spec }) => {
            if (spec.at("hostNetwork").flag() !== true) return;
            const policy = spec.at("dnsPolicy");
            // `None` brings its own resolvers, in dnsConfig.
            const written = policy.text();
            if (written === wanted || written === "None" || (subject.type.patch && !policy.exists())) return;
            report.violation(subject, {
                path: policy.path,
                wrong: `is ${written ?? "not set"}, which on the node's network means the node's resolver: no Service has a name there`,
                write: `write ${wanted}`,
            });
        });
    },
};
