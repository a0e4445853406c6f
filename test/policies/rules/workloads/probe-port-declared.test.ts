import assert from "node:assert/strict";
import { probePortDeclared as rule } from "../../../../policies/rules/workloads/probe-port-declared";
import { judge, webContainer, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(readinessProbe: unknown): readonly string[] {
    return judge(rule, workload({ container: { readinessProbe } })).messages;
}

describe("probe-port-declared", () => {
    for (const port of ["http", 8096, "8096"]) {
        it(`accepts the port ${JSON.stringify(port)}`, () => {
            assert.deepEqual(complaints({ httpGet: { path: "/", port } }), []);
            assert.deepEqual(complaints({ tcpSocket: { port } }), []);
        });
    }

    it("accepts a command, and a question to another machine", () => {
        assert.deepEqual(complaints({ exec: { command: ["true"] } }), []);
        assert.deepEqual(complaints({ tcpSocket: { host: "nas.home.arpa", port: 2049 } }), []);
    });

    it("refuses a port that the container does not declare, and names those it has", () => {
        assert.deepEqual(complaints({ httpGet: { port: 8920 } }), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].readinessProbe.httpGet.port: 8920 is not declared by " +
                "spec.template.spec.containers[0], which has http; the probe asks something else, or nothing " +
                "(probe-port-declared); name a port of the container",
        ]);
        assert.match(complaints({ grpc: { port: 1 } }).join(), /grpc\.port: 1 is not declared/);
    });

    it("refuses a port of the container beside it", () => {
        const exporter = { name: "exporter", livenessProbe: { httpGet: { port: "http" } } };
        const found = judge(rule, workload({ pod: { containers: [webContainer, exporter] } })).messages;
        assert.match(found.join(), /containers\[1\]\.livenessProbe\.httpGet\.port: http .* which has none;/);
    });

    it("judges every probe", () => {
        const wrong = { tcpSocket: { port: 1 } };
        const container = { startupProbe: wrong, readinessProbe: wrong, livenessProbe: wrong };
        assert.equal(judge(rule, workload({ container })).messages.length, 3);
    });

    it("leaves an unknown port unchecked and judges the other probes", () => {
        const container = {
            readinessProbe: { httpGet: { port: unknownText } },
            livenessProbe: { httpGet: { port: 1 } },
        };
        const found = judge(rule, workload({ container }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.readinessProbe.httpGet.port"]);
    });

    it("asks nothing of a patch that leaves the ports to the object", () => {
        const type = "kubernetes:apps/v1:StatefulSetPatch";
        assert.deepEqual(judge(rule, workload({ type, container: { ports: undefined } })), clean);
    });

    it("does not apply to jobs", () => {
        assert.equal(rule.applies("kubernetes:batch/v1:Job"), false);
    });
});
