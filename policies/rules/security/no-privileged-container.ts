import { containerLists, podTemplates, workloadKinds } from "../../model/pod-template";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import { type Subject, kubernetesType } from "../../model/subject";

/** What the "baseline" level of the Pod Security Standards lets a container add; anything else reaches beyond the container. */
const harmlessCapabilities: ReadonlySet<string> = new Set([
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
]);

export const noPrivilegedContainer: ResourceRule = {
    kind: "resource",
    name: "no-privileged-container",
    level: "mandatory",
    severity: "critical",
    description: "No container is privileged, may become so, or adds a capability that reaches the node.",
    incident:
        "Jellyfin ran privileged to see /dev/dri, and with that saw every device and disk of its node. The device plugin " +
        "gives the render node to an ordinary container.",
    instead: "the device plugin's resource (gpu.intel.com/i915) for a device, NET_BIND_SERVICE for a low port.",
    applies: (type) => workloadKinds.has(kubernetesType(type)?.kind ?? ""),
    check(subject, report) {
        for (const template of podTemplates(subject)) {
            for (const list of containerLists(template)) {
                report.guard(subject, () => {
                    for (const container of list.items()) checkContainer(subject, report, container);
                });
            }
        }
    },
};

function checkContainer(subject: Subject, report: Report, container: Field): void {
    const context = container.at("securityContext");
    refuseFlag(subject, report, context.at("privileged"), "ask the device plugin for the device");
    refuseFlag(subject, report, context.at("allowPrivilegeEscalation"), "write false");
    report.guard(subject, () => {
        for (const capability of context.at("capabilities", "add").items()) {
            report.guard(subject, () => {
                const written = capability.text() ?? "";
                if (harmlessCapabilities.has(written.toUpperCase().replace(/^CAP_/, ""))) return;
                const write = "leave it out, or give the reason as an exception";
                report.violation(subject, { path: capability.path, wrong: `${written} reaches the node`, write });
            });
        }
    });
}

function refuseFlag(subject: Subject, report: Report, flag: Field, write: string): void {
    report.guard(subject, () => {
        if (flag.flag() === true) report.violation(subject, { path: flag.path, wrong: "is true", write });
    });
}
