import type { types } from "@pulumi/kubernetes";

/** One way to ask a container how it is. `port` is the name of a served port. */
export type Check =
    | { readonly kind: "http"; readonly path: string; readonly port: string }
    | { readonly kind: "tcp"; readonly port: string }
    | { readonly kind: "exec"; readonly command: readonly string[] };

export interface Probe {
    readonly check: Check;
    /** Time between two checks, in seconds. */
    readonly everySeconds: number;
    /** Time for one check, in seconds. */
    readonly timeoutSeconds: number;
    /** Failed checks in a row until it counts. */
    readonly failures: number;
}

/** All three questions; they differ, or a slow start is a restart and a busy minute is a restart of everything. */
export interface Probes {
    /** Has it started? Until then the other two are not asked. */
    readonly startup: Probe;
    /** May it get requests now? */
    readonly readiness: Probe;
    /** Would a restart help? Must not depend on other services. */
    readonly liveness: Probe;
}

export function http(path: string, port = "http"): Check {
    return { kind: "http", path, port };
}

export function tcp(port: string): Check {
    return { kind: "tcp", port };
}

export function exec(...command: string[]): Check {
    return { kind: "exec", command };
}

function checkSpec(check: Check): Pick<types.input.core.v1.Probe, "httpGet" | "tcpSocket" | "exec"> {
    switch (check.kind) {
        case "http":
            return { httpGet: { path: check.path, port: check.port } };
        case "tcp":
            return { tcpSocket: { port: check.port } };
        case "exec":
            return { exec: { command: [...check.command] } };
    }
}

function probeSpec(probe: Probe): types.input.core.v1.Probe {
    return {
        ...checkSpec(probe.check),
        periodSeconds: probe.everySeconds,
        timeoutSeconds: probe.timeoutSeconds,
        failureThreshold: probe.failures,
    };
}

export function probesSpec(
    probes: Probes,
): Pick<types.input.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
    return {
        startupProbe: probeSpec(probes.startup),
        readinessProbe: probeSpec(probes.readiness),
        livenessProbe: probeSpec(probes.liveness),
    };
}
