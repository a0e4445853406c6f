import type { Field } from "./field";

/** Ways to ask a container, and what of each makes it another question, with the server's default. */
const questions = {
    httpGet: [
        ["path", "/"],
        ["port", ""],
        ["host", ""],
        ["scheme", "HTTP"],
    ],
    tcpSocket: [
        ["port", ""],
        ["host", ""],
    ],
    grpc: [
        ["port", ""],
        ["service", ""],
    ],
} as const;

export const probeNames = ["startupProbe", "readinessProbe", "livenessProbe"] as const;

/** The port that a probe asks at, where it asks at one: a number or a name. */
export function probePort(probe: Field): Field | undefined {
    const how = (["httpGet", "tcpSocket", "grpc"] as const).find((name) => probe.at(name).exists());
    return how && probe.at(how, "port");
}

/** Whether two probes ask the same question, however often. Throws `NotKnown`. */
export function asksTheSame(one: Field, other: Field): boolean {
    const [a, b] = [question(one), question(other)];
    return a !== undefined && a === b;
}

/** Seconds from the first wrong answer until it counts, with the server's defaults. Throws `NotKnown`. */
export function secondsUntilFailed(probe: Field): number {
    return (probe.at("periodSeconds").number() ?? 10) * (probe.at("failureThreshold").number() ?? 3);
}

function question(probe: Field): string | undefined {
    if (probe.at("exec").exists()) {
        const command = probe.at("exec", "command").items();
        return JSON.stringify(["exec", ...command.map((word) => word.text())]);
    }
    for (const [how, parts] of Object.entries(questions)) {
        const asked = probe.at(how);
        if (!asked.exists()) continue;
        const words = parts.map(([key, usual]) => {
            const part = asked.at(key);
            return part.number() ?? part.text() ?? usual;
        });
        return JSON.stringify([how, ...words]);
    }
    return undefined;
}
