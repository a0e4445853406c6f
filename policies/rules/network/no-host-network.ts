import { eachItem, eachPod, runsPods } from "../../model/containers";
import { containerLists } from "../../model/pod-template";
import type { ResourceRule } from "../../model/rule";

export const noHostNetwork: ResourceRule = {
    kind: "resource",
    name: "no-host-network",
    level: "mandatory",
    severity: "high",
    description: "Pods have a network of their own: neither their node's, nor a port of it.",
    incident:
        "An app on its node's network answers the whole house past every NetworkPolicy, reaches the node's own services on " +
        "localhost (the kubelet's too), and two of them cannot share a node: the second stays Pending.",
    instead: 'a Service and a route; for multicast, weaken: { "host-network": "<why>" } of Workload.',
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, (template) => {
            const network = template.spec.at("hostNetwork");
            if (network.flag() === true) {
                const wrong = "is true, so no NetworkPolicy holds for the pod";
                report.violation(subject, { path: network.path, wrong, write: "leave it out, and make a Service" });
                // With it every port is one of the node; the server writes that into the ports.
                return;
            }
            for (const list of containerLists(template)) {
                eachItem(subject, report, list, (container) => {
                    eachItem(subject, report, container.at("ports"), (port) => {
                        const host = port.at("hostPort");
                        const number = host.number() ?? 0;
                        if (number === 0) return;
                        const wrong = `${number} is a port of the node, which one pod can have, and which every neighbour reaches`;
                        report.violation(subject, {
                            path: host.path,
                            wrong,
                            write: "leave it out, and make a Service",
                        });
                    });
                });
            }
        });
    },
};
