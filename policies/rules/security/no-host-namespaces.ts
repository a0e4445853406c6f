import { eachPod, runsPods } from "../../model/containers";
import type { ResourceRule } from "../../model/rule";

/** What a container could do in the namespace of its node. */
const dangers: Readonly<Record<string, string>> = {
    hostPID: "it sees every process of the node, their variables and passwords too",
    hostIPC: "it reads and writes the shared memory of the node's processes",
};

export const noHostNamespaces: ResourceRule = {
    kind: "resource",
    name: "no-host-namespaces",
    level: "mandatory",
    severity: "critical",
    description: "No pod shares the processes or the shared memory of its node.",
    incident:
        "A monitoring pod with hostPID reads /proc/<pid>/environ of everything on its node: the k3s token, which joins any " +
        "machine to the cluster, and the password of every app.",
    instead: "leave hostPID and hostIPC out; shareProcessNamespace is for the containers of one pod.",
    applies: runsPods,
    check(subject, report) {
        eachPod(subject, report, ({ spec }) => {
            for (const [key, danger] of Object.entries(dangers)) {
                report.guard(subject, () => {
                    const flag = spec.at(key);
                    if (flag.flag() !== true) return;
                    report.violation(subject, { path: flag.path, wrong: `is true: ${danger}`, write: "leave it out" });
                });
            }
        });
    },
};
