import assert from "node:assert/strict";
import { livenessMorePatient as rule } from "../../../../policies/rules/workloads/liveness-more-patient";
import { judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

const health = { httpGet: { path: "/health", port: "http" } };
const startupProbe = { ...health, failureThreshold: 60 };

function complaints(probes: Readonly<Record<string, unknown>>): readonly string[] {
    return judge(rule, workload({ container: { startupProbe, ...probes } })).messages;
}

describe("liveness-more-patient", () => {
    it("accepts another question, and the same one with more patience", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        const patient = { ...health, failureThreshold: 6 };
        assert.deepEqual(complaints({ readinessProbe: health, livenessProbe: patient }), []);
    });

    it("refuses a copy of readiness, and says how long each waits", () => {
        assert.deepEqual(complaints({ readinessProbe: health, livenessProbe: health }), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].livenessProbe: asks what readiness asks and gives up " +
                "after 30 s, readiness after 30 s: a busy minute is a restart (liveness-more-patient); ask for less, or wait longer",
        ]);
    });

    it("sees that it is the same through the server's defaults", () => {
        const written = {
            httpGet: { path: "/health", port: "http", scheme: "HTTP" },
            periodSeconds: 10,
            failureThreshold: 3,
            successThreshold: 1,
        };
        assert.equal(complaints({ readinessProbe: health, livenessProbe: written }).length, 1);
    });

    it("compares commands and ports", () => {
        const exec = (...command: string[]) => ({ exec: { command } });
        assert.equal(complaints({ readinessProbe: exec("a", "b"), livenessProbe: exec("a", "b") }).length, 1);
        assert.deepEqual(complaints({ readinessProbe: exec("a", "b"), livenessProbe: exec("a b") }), []);
        const tcp = (port: number) => ({ tcpSocket: { port } });
        assert.deepEqual(complaints({ readinessProbe: tcp(1), livenessProbe: tcp(2) }), []);
    });

    it("refuses liveness without a startup probe before it", () => {
        assert.match(complaints({ startupProbe: undefined }).join(), /livenessProbe: has no startupProbe before it/);
    });

    it("asks nothing where nothing is restarted", () => {
        assert.deepEqual(complaints({ startupProbe: undefined, livenessProbe: undefined }), []);
    });

    it("leaves an unknown question unchecked and judges the rest", () => {
        const readinessProbe = { httpGet: { path: unknownText, port: "http" } };
        const found = judge(rule, workload({ container: { readinessProbe, startupProbe: undefined } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.readinessProbe.httpGet.path"]);
    });

    it("does not apply to jobs", () => {
        assert.equal(rule.applies("kubernetes:batch/v1:Job"), false);
    });
});
