import { eachServer, runsServers } from "../../model/containers";
import type { Field } from "../../model/field";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const readinessProbeSet: ResourceRule = {
    kind: "resource",
    name: "readiness-probe-set",
    level: "mandatory",
    severity: "high",
    description: "Every container that serves a port says when it is ready to.",
    incident:
        "Without a readiness probe a pod gets requests from its first second. An update took down both replicas one after the " +
        "other while each was still migrating its database, and every probe-less step of it counted as a success.",
    instead: "a readinessProbe that asks the app itself; Workload asks for one wherever a port is served.",
    applies: runsServers,
    check(subject, report) {
        eachServer(subject, report, (container) => checkContainer(subject, report, container));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field): void {
    // A patch that brings ports along may leave the probe to the object.
    if (subject.type.patch || container.at("ports").items().length === 0) return;
    const probe = container.at("readinessProbe");
    if (asks(probe)) return;
    report.violation(subject, {
        path: probe.path,
        wrong: `is missing, so ${container.at("ports").path} gets requests before anything answers there`,
        write: "ask the app for something that it can only answer when it works",
    });
}

function asks(probe: Field): boolean {
    const ways = ["httpGet", "tcpSocket", "exec", "grpc"];
    return probe.keys().some((key) => ways.includes(key) && probe.at(key).exists());
}
