import { eachServer, runsServers } from "../../model/containers";
import type { Field } from "../../model/field";
import { asksTheSame, secondsUntilFailed } from "../../model/probe";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

export const livenessMorePatient: ResourceRule = {
    kind: "resource",
    name: "liveness-more-patient",
    level: "advisory",
    severity: "medium",
    description:
        "A liveness probe asks another question than readiness, or waits longer, and has a startup probe before it.",
    incident:
        "Liveness was a copy of readiness, which asked for the database. When the database restarted, every app was killed " +
        "with it; and a first start after an upgrade, of 20 minutes, was cut off after 30 seconds, again and again.",
    instead: "a liveness check without other services, slower than readiness, and a startupProbe for the first start.",
    applies: runsServers,
    check(subject, report) {
        eachServer(subject, report, (container) => checkContainer(subject, report, container));
    },
};

function checkContainer(subject: Subject, report: Report, container: Field): void {
    const liveness = container.at("livenessProbe");
    // A patch may leave the other probes to the object.
    if (subject.type.patch || !liveness.exists()) return;
    report.guard(subject, () => {
        const readiness = container.at("readinessProbe");
        if (!asksTheSame(liveness, readiness)) return;
        const [kill, wait] = [secondsUntilFailed(liveness), secondsUntilFailed(readiness)];
        if (kill > wait) return;
        const wrong = `asks what readiness asks and gives up after ${kill} s, readiness after ${wait} s: a busy minute is a restart`;
        report.violation(subject, { path: liveness.path, wrong, write: "ask for less, or wait longer" });
    });
    report.guard(subject, () => {
        if (container.at("startupProbe").exists()) return;
        const wrong = "has no startupProbe before it, so a slow first start is killed and begins again";
        report.violation(subject, { path: liveness.path, wrong, write: "add a startupProbe with many failures" });
    });
}
