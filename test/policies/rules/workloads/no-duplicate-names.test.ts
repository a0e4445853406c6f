import assert from "node:assert/strict";
import { noDuplicateNames as rule } from "../../../../policies/rules/workloads/no-duplicate-names";
import { judge, webContainer, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("no-duplicate-names", () => {
    it("accepts names of which each stands once", () => {
        const env = [{ name: "A", value: "1" }, { name: "B" }];
        const sidecar = { name: "exporter", env, ports: [{ name: "metrics", containerPort: 9000 }] };
        assert.deepEqual(judge(rule, workload({ pod: { containers: [{ ...webContainer, env }, sidecar] } })), clean);
    });

    it("accepts one number for two protocols", () => {
        const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }];
        assert.deepEqual(judge(rule, workload({ container: { ports } })), clean);
    });

    it("refuses a variable that is written twice, and says which wins", () => {
        const env = [{ name: "A", value: "1" }, { name: "B" }, { name: "A", value: "2" }];
        assert.deepEqual(judge(rule, workload({ container: { env } })).messages, [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].env[2].name: A stands at " +
                "spec.template.spec.containers[0].env[0].name too, and the last one wins (no-duplicate-names); keep one of them",
        ]);
    });

    it("refuses a port that two containers of a pod want, and a name of two", () => {
        const sidecar = { name: "exporter", ports: [{ name: "http", containerPort: 8096, protocol: "TCP" }] };
        const found = judge(rule, workload({ pod: { containers: [webContainer, sidecar] } })).messages;
        assert.equal(found.length, 2);
        assert.match(found[0] ?? "", /containers\[1\]\.ports\[0\]\.name: http stands at/);
        assert.match(found[1] ?? "", /containers\[1\]\.ports\[0\]\.containerPort: 8096\/TCP stands at/);
    });

    it("accepts an init container with the variables of the main one", () => {
        const env = [{ name: "A", value: "1" }];
        const pod = { initContainers: [{ env }], containers: [{ ...webContainer, env }] };
        assert.deepEqual(judge(rule, workload({ pod })), clean);
    });

    it("leaves an unknown name unchecked and judges the rest", () => {
        const found = judge(
            rule,
            workload({ container: { env: [{ name: "A" }, { name: unknownText }, { name: "A" }] } }),
        );
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.env.1.name"]);
    });

    it("does not apply to Services", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Service"), false);
    });
});
