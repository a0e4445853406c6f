import { alertsOf, isAlertRule } from "../../model/alert";
import type { ResourceRule } from "../../model/rule";

const down = /\bup\s*(\{[^}]*\})?\s*==\s*0/;

export const downAlertCanFire: ResourceRule = {
    kind: "resource",
    name: "down-alert-can-fire",
    level: "mandatory",
    severity: "high",
    description: "An alert on up == 0 has a twin for the case that nothing is scraped at all.",
    incident:
        "A critical alert watched `up == 0` of the database's pods. There was no exporter on them, so the series did not exist, " +
        "and an expression over nothing is never true: the alert could not fire, whatever happened.",
    instead: "up{...} == 0 or absent(up{...}), and an exporter on what is watched.",
    applies: isAlertRule,
    check(subject, report) {
        const found = alertsOf(subject);
        const twins = found.map(({ expression }) => expression.replaceAll(/\s/g, ""));
        for (const { name, expression, field } of found) {
            const [, matchers = ""] = down.exec(expression) ?? ["", undefined];
            if (!down.test(expression) || expression.includes("absent(")) continue;
            if (twins.some((twin) => twin.includes(`absent(up${matchers.replaceAll(/\s/g, "")})`))) continue;
            report.violation(subject, {
                path: field.at("expr").path,
                wrong: `${name} never fires while nothing scrapes what it watches, since then there is no \`up\``,
                write: `write \`up${matchers} == 0 or absent(up${matchers})\``,
            });
        }
    },
};
