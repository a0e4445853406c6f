import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { PodTemplate } from "../../model/pod-template";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const seccompProfileSet: ResourceRule = {
    kind: "resource",
    name: "seccomp-profile-set",
    level: "advisory",
    severity: "medium",
    description: "Every container runs under a seccomp profile: the runtime's own, or one by name.",
    incident:
        "Kubernetes filters no system calls unless a pod asks for it. The holes by which containers reached their node in " +
        "the last years mostly began with a call that no media server makes, and that the runtime's profile refuses.",
    instead: "securityContext: { seccompProfile: { type: RuntimeDefault } } on the pod, as Workload writes it.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container, template) => checkContainer(subject, report, container, template));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field, template: PodTemplate): void {
    // A privileged container has no filter, whatever is written.
    if (container.at("securityContext", "privileged").flag() === true) return;
    const own = container.at("securityContext", "seccompProfile");
    const profile = own.exists() ? own : template.spec.at("securityContext", "seccompProfile");
    if (subject.type.patch && !profile.exists()) return;
    const type = profile.at("type").text();
    if (type === "RuntimeDefault" || type === "Localhost") return;
    report.violation(subject, {
        path: profile.at("type").path,
        wrong: `is ${type ?? "not set"}, so the container may make every system call of its node's kernel`,
        write: "write RuntimeDefault",
    });
}
