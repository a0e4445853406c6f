import assert from "node:assert/strict";
import { limitsFitRequests as rule } from "../../../../policies/rules/workloads/limits-fit-requests";
import { excuse, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function complaints(requests: unknown, limits: unknown): readonly string[] {
    return judge(rule, workload({ container: { resources: { requests, limits } } })).messages;
}

describe("limits-fit-requests", () => {
    for (const [request, limit] of [
        ["512Mi", "512Mi"],
        ["512Mi", "1Gi"],
        ["1G", "1Gi"],
        ["1e9", "1G"],
        [1000, "1Ki"],
        [undefined, "1Gi"],
        ["1Gi", undefined],
    ]) {
        it(`accepts ${limit} of memory for a request of ${request}`, () => {
            assert.deepEqual(complaints({ memory: request }, { memory: limit }), []);
        });
    }

    it("refuses a memory limit below the request, whatever the units", () => {
        assert.deepEqual(complaints({ memory: "1Gi" }, { memory: "1G" }), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].resources.limits.memory: 1G is below the request of " +
                "1Gi, and no node takes such a pod (limits-fit-requests); raise it to the request at least",
        ]);
    });

    it("advises against a CPU limit, unless there is a reason", () => {
        const container = { resources: { requests: { cpu: "1" }, limits: { cpu: "1500m" } } };
        const [message] = judge(rule, workload({ container })).messages;
        assert.match(message ?? "", /limits\.cpu: 1500m holds the container back while its node is idle/);
        const annotations = { "policy.homelab/allow-limits-fit-requests": excuse("licensed by the core") };
        assert.deepEqual(judge(rule, workload({ annotations, container })), clean);
    });

    it("reads as missing what is no quantity, since the server refuses it", () => {
        assert.deepEqual(complaints({ memory: "much" }, { memory: "1", cpu: "all" }), []);
    });

    it("leaves an unknown limit unchecked and judges the other", () => {
        const container = { resources: { requests: { memory: "1Gi" }, limits: { memory: unknownText, cpu: 1 } } };
        const found = judge(rule, workload({ container }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.resources.limits.memory"]);
    });

    it("does not apply to what runs no pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:LimitRange"), false);
    });
});
