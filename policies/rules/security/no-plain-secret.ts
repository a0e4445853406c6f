import { eachContainer, eachItem, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import { plainSecret } from "../../model/plain-secret";
import type { Report } from "../../model/report";
import type { ResourceRule } from "../../model/rule";
import type { Subject } from "../../model/subject";

const isConfigMap = isKind("ConfigMap");

export const noPlainSecret: ResourceRule = {
    kind: "resource",
    name: "no-plain-secret",
    level: "mandatory",
    severity: "critical",
    description: "A password, token or key is in a Secret, never in a variable's value or in a ConfigMap.",
    incident:
        "The database's password stood in a variable of the Deployment: in the state, in every preview's diff, and in " +
        "`kubectl describe pod`, which everybody may read who may look at logs.",
    instead: "fromSecret(name, key) in env, or a Secret mounted as a file.",
    applies: (type) => runsPods(type) || isConfigMap(type),
    check(subject, report) {
        if (isConfigMap(subject.fact.type)) {
            report.guard(subject, () => {
                const data = subject.object.at("data");
                for (const key of data.keys()) judge(subject, report, key, data.at(key), "put it into a Secret");
            });
            return;
        }
        eachContainer(subject, report, (container) => {
            eachItem(subject, report, container.at("env"), (variable) => {
                const name = variable.at("name").text() ?? "";
                judge(subject, report, name, variable.at("value"), "read it by valueFrom.secretKeyRef");
            });
        });
    },
};

function judge(subject: Subject, report: Report, name: string, field: Field, write: string): void {
    report.guard(subject, () => {
        const why = plainSecret(name, field);
        if (!why) return;
        const wrong = `${name} ${why}, and stands here for everybody who may read pods, logs or previews`;
        report.violation(subject, { path: field.path, wrong, write });
    });
}
