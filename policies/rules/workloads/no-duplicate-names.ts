import { eachContainer, eachItem, eachPod, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const noDuplicateNames: ResourceRule = {
    kind: "resource",
    name: "no-duplicate-names",
    level: "mandatory",
    severity: "medium",
    description: "No variable is written twice in a container, and no port twice in a pod.",
    incident:
        "A variable was set twice, and the second one won, silently. The change of the first was rolled out three times " +
        "before somebody read to the end of the list.",
    instead: "one entry for each name; sidecars listen on ports of their own.",
    applies: runsPods,
    check(subject, report) {
        eachContainer(subject, report, (container) => checkVariables(subject, report, container));
        // The containers of a pod share one network; init containers are gone before the others listen.
        eachPod(subject, report, ({ spec }) => checkPorts(subject, report, spec.at("containers")));
    },
};

function checkVariables(subject: Subject, report: Report, container: Field): void {
    const seen = new Map<string, string>();
    eachItem(subject, report, container.at("env"), (variable) => {
        const write = "keep one of them";
        refuseSecond(
            subject,
            report,
            seen,
            variable.at("name"),
            variable.at("name").text(),
            "the last one wins",
            write,
        );
    });
}

function checkPorts(subject: Subject, report: Report, containers: Field): void {
    const names = new Map<string, string>();
    const numbers = new Map<string, string>();
    eachItem(subject, report, containers, (container) => {
        eachItem(subject, report, container.at("ports"), (port) => {
            const write = "give it another";
            const why = "a Service finds only the first of that name";
            refuseSecond(subject, report, names, port.at("name"), port.at("name").text(), why, write);
            const number = port.at("containerPort");
            const key = number.exists() ? `${number.number()}/${port.at("protocol").text() ?? "TCP"}` : undefined;
            refuseSecond(subject, report, numbers, number, key, "only one can listen there", write);
        });
    });
}

function refuseSecond(
    subject: Subject,
    report: Report,
    seen: Map<string, string>,
    field: Field,
    key: string | undefined,
    why: string,
    write: string,
): void {
    if (key === undefined) return;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, field.path);
    else report.violation(subject, { path: field.path, wrong: `${key} stands at ${first} too, and ${why}`, write });
}
