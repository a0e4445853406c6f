import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import { quantity } from "../../model/quantity";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const limitsFitRequests: ResourceRule = {
    kind: "resource",
    name: "limits-fit-requests",
    level: "advisory",
    severity: "low",
    description: "A memory limit is not below its request, and CPU has no limit.",
    incident:
        "A CPU limit of one core held a transcode at half speed on an idle machine of six: the stream stalled, and every graph " +
        "showed a node with nothing to do. Memory is the other way round: what is not limited takes from its neighbours.",
    instead: "a memory limit at or above the request, and no CPU limit: the request is what is shared out under load.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => {
            const resources = container.at("resources");
            report.guard(subject, () => checkMemory(subject, report, resources));
            report.guard(subject, () => checkCpu(subject, report, resources.at("limits", "cpu")));
        });
    },
};

function checkMemory(subject: Subject, report: Report, resources: Field): void {
    const limit = resources.at("limits", "memory");
    const [most, reserved] = [quantity(limit), quantity(resources.at("requests", "memory"))];
    if (!most || !reserved || most.amount >= reserved.amount) return;
    report.violation(subject, {
        path: limit.path,
        wrong: `${most.written} is below the request of ${reserved.written}, and no node takes such a pod`,
        write: "raise it to the request at least",
    });
}

function checkCpu(subject: Subject, report: Report, limit: Field): void {
    const most = quantity(limit);
    if (!most) return;
    report.violation(subject, {
        path: limit.path,
        wrong: `${most.written} holds the container back while its node is idle`,
        write: "leave it out, or give the reason as an exception",
    });
}
