import type { Field } from "./field";
import { type GraphIndex, ofKind } from "./graph-index";
import { isKind } from "./kind";
import type { Subject } from "./subject";

/** Whether a type holds alerts. */
export const isAlertRule: (type: string) => boolean = isKind("PrometheusRule");

/** One alert of a PrometheusRule. */
export interface Alert {
    readonly subject: Subject;
    readonly field: Field;
    readonly name: string;
    readonly expression: string;
    /** Seconds that the expression has to hold before anybody is told. */
    readonly seconds: number;
}

/** The alerts of one object. Throws `NotKnown`. */
export function alertsOf(subject: Subject): readonly Alert[] {
    const entries = subject.object
        .at("spec", "groups")
        .items()
        .flatMap((group) => group.at("rules").items());
    return entries.flatMap((field) => {
        const name = field.at("alert").text();
        if (name === undefined) return [];
        const expression = field.at("expr").text() ?? "";
        return [{ subject, field, name, expression, seconds: secondsOf(field.at("for").text() ?? "0s") }];
    });
}

/** The alerts of the whole graph. Throws `NotKnown`. */
export function alerts(graph: GraphIndex): readonly Alert[] {
    return ofKind(graph, "PrometheusRule").flatMap(alertsOf);
}

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of a duration as Prometheus writes it, `1h30m`. */
function secondsOf(duration: string): number {
    const parts = duration.matchAll(/(\d+)(ms|[smhdw])/g);
    return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0);
}
