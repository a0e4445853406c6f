import assert from "node:assert/strict";
import { readinessProbeSet as rule } from "../../../../policies/rules/workloads/readiness-probe-set";
import { excuse, judge, webContainer, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(readinessProbe: unknown): readonly string[] {
    return judge(rule, workload({ container: { readinessProbe } })).messages;
}

describe("readiness-probe-set", () => {
    it("accepts a container that says when it is ready, in any way", () => {
        assert.deepEqual(judge(rule, workload()), clean);
        for (const how of [{ tcpSocket: { port: 1 } }, { exec: { command: ["true"] } }, { grpc: { port: 1 } }]) {
            assert.deepEqual(complaints(how), []);
        }
    });

    it("refuses one that serves a port and does not, or asks nothing", () => {
        const expected = [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].readinessProbe: is missing, so " +
                "spec.template.spec.containers[0].ports gets requests before anything answers there (readiness-probe-set); " +
                "ask the app for something that it can only answer when it works",
        ];
        assert.deepEqual(complaints(undefined), expected);
        assert.deepEqual(complaints({ httpGet: null, periodSeconds: 10 }), expected);
    });

    it("asks nothing of a container without ports", () => {
        const pod = { containers: [webContainer, { name: "worker" }], initContainers: [{ name: "prepare" }] };
        assert.deepEqual(judge(rule, workload({ pod })), clean);
    });

    it("looks at an init container only where it keeps running", () => {
        const ports = [{ containerPort: 9000 }];
        const pod = { initContainers: [{ ports, restartPolicy: "Always" }, { ports }] };
        const found = judge(rule, workload({ pod })).messages;
        assert.equal(found.length, 1);
        assert.match(found[0] ?? "", /initContainers\[0\]/);
    });

    it("leaves unknown ports and probes unchecked", () => {
        const pod = { containers: [{ ...webContainer, readinessProbe: unknownText }, { ports: [{}] }] };
        const found = judge(rule, workload({ pod }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.readinessProbe"]);
        const [unchecked] = judge(rule, workload({ container: { ports: unknownText } })).unchecked;
        assert.equal(unchecked, "spec.template.spec.containers.0.ports");
    });

    it("asks nothing of a patch", () => {
        const type = "kubernetes:apps/v1:DeploymentPatch";
        assert.deepEqual(judge(rule, workload({ type, container: { readinessProbe: undefined } })), clean);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-readiness-probe-set": excuse("answers UDP, which no probe speaks"),
        };
        assert.deepEqual(judge(rule, workload({ annotations, container: { readinessProbe: undefined } })), clean);
    });

    it("does not apply to jobs, which nobody asks", () => {
        assert.equal(rule.applies("kubernetes:batch/v1:Job"), false);
        assert.equal(rule.applies("kubernetes:batch/v1:CronJob"), false);
    });
});
