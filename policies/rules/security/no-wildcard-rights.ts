import { eachItem } from "../../model/containers";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const isRole = isKind("Role", "ClusterRole");
const isBinding = isKind("RoleBinding", "ClusterRoleBinding");

export const noWildcardRights: ResourceRule = {
    kind: "resource",
    name: "no-wildcard-rights",
    level: "mandatory",
    severity: "critical",
    description: "A role names its verbs and resources, and nobody is bound to cluster-admin.",
    incident:
        "A dashboard was bound to cluster-admin because one list was empty. Its login page was reachable from the guest " +
        "network, and with it every secret of the house.",
    instead: "a Role with the verbs and resources that the workload was seen to use, bound in its namespace.",
    applies: (type) => isRole(type) || isBinding(type),
    check(subject, report) {
        if (isBinding(subject.fact.type)) report.guard(subject, () => checkBinding(subject, report));
        else
            eachItem(subject, report, subject.object.at("rules"), (rule) => {
                for (const list of ["verbs", "resources"]) {
                    eachItem(subject, report, rule.at(list), (entry) => {
                        if (entry.text() !== "*") return;
                        const wrong = `* allows every one of the ${list}, those of the next release too`;
                        report.violation(subject, { path: entry.path, wrong, write: "name those that are used" });
                    });
                }
            });
    },
};

function checkBinding(subject: Subject, report: Report): void {
    const role = subject.object.at("roleRef", "name");
    if (role.text() !== "cluster-admin") return;
    const wrong = "cluster-admin may read every secret and change every object of the house";
    report.violation(subject, { path: role.path, wrong, write: "bind a role that names what is needed" });
}
