import { eachContainer } from "./containers";
import type { Field } from "./field";
import { isKind } from "./kind";
import type { Report } from "./report";
import type { Subject } from "./subject";

const isConfigMap = isKind("ConfigMap");

/** Asks about each text that is run or read as configuration: command lines as one text, variables, keys of a ConfigMap. */
export function eachText(subject: Subject, report: Report, check: (text: string, at: Field) => void): void {
    const one = (field: Field, read: () => string | undefined) =>
        report.guard(subject, () => check(read() ?? "", field));
    if (isConfigMap(subject.fact.type)) {
        const data = subject.object.at("data");
        report.guard(subject, () => data.keys().forEach((key) => one(data.at(key), () => data.at(key).text())));
        return;
    }
    eachContainer(subject, report, (container) => {
        const words = () => [...container.at("command").items(), ...container.at("args").items()];
        one(container, () =>
            words()
                .map((word) => word.text() ?? "")
                .join(" "),
        );
        for (const variable of container.at("env").items())
            one(variable.at("value"), () => variable.at("value").text());
    });
}
