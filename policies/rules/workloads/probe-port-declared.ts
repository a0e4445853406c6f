import { eachServer, runsServers } from "../../model/containers";
import type { Field } from "../../model/field";
import { probeNames, probePort } from "../../model/probe";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const probePortDeclared: ResourceRule = {
    kind: "resource",
    name: "probe-port-declared",
    level: "mandatory",
    severity: "medium",
    description: "A probe asks at a port that its container declares.",
    incident:
        "After a change of port the probe still asked at the old one, where a debug server answered: the app was dead and " +
        "ready. A name that no port has is accepted by the API server, and fails on the node, for ever.",
    instead: "the name of one of the container's own ports.",
    applies: runsServers,
    check(subject, report) {
        eachServer(subject, report, (container) => {
            for (const name of probeNames) {
                report.guard(subject, () => checkProbe(subject, report, container, container.at(name)));
            }
        });
    },
};

function checkProbe(subject: Subject, report: Report, container: Field, probe: Field): void {
    const port = probePort(probe);
    if (!port || (subject.type.patch && !container.at("ports").exists())) return;
    // Another machine's port is nothing that this container declares.
    if (["httpGet", "tcpSocket"].some((how) => probe.at(how, "host").text())) return;
    const wanted = port.number() ?? port.text();
    if (wanted === undefined) return;
    const declared = container.at("ports").items();
    if (declared.some((entry) => entry.at("name").text() === wanted || number(entry) === Number(wanted))) return;
    const known = declared.map((entry) => entry.at("name").text() ?? number(entry)).join(", ") || "none";
    report.violation(subject, {
        path: port.path,
        wrong: `${wanted} is not declared by ${container.path}, which has ${known}; the probe asks something else, or nothing`,
        write: "name a port of the container",
    });
}

function number(port: Field): number | undefined {
    return port.at("containerPort").number();
}
