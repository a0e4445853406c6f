import assert from "node:assert/strict";
import { jobReplacedWhenFailed as rule } from "../../../../policies/rules/workloads/job-replaced-when-failed";
import { excuse, fact, judge, withOptions, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

type Props = Readonly<Record<string, unknown>>;

function job(annotations?: Props) {
    return fact("kubernetes:batch/v1:Job", { metadata: { name: "setup", annotations } });
}

describe("job-replaced-when-failed", () => {
    const asked = { "pulumi.com/replaceUnready": "true" };

    it("accepts a job that is made anew when it failed, and says nothing of those that a schedule makes", () => {
        assert.deepEqual(judge(rule, job(asked)), clean);
        assert.equal(rule.applies(workload().type), false);
        assert.equal(rule.applies("kubernetes:batch/v1:CronJob"), false);
    });

    it("refuses one that has to be deleted by hand", () => {
        for (const annotations of [undefined, { "pulumi.com/replaceUnready": "false" }])
            assert.deepEqual(judge(rule, job(annotations)).messages, [
                'Job setup metadata.annotations["pulumi.com/replaceUnready"]: a failed one stays in the way until it is deleted by hand (job-replaced-when-failed); write "true"',
            ]);
    });

    it("refuses one that is protected, so that the engine would not replace it", () => {
        assert.match(
            judge(rule, withOptions(job(asked), { protect: true })).messages.join(),
            /^Job setup: is protected, and what is protected is never replaced/,
        );
    });

    it("leaves an unknown annotation unchecked", () => {
        const found = judge(rule, job({ "pulumi.com/replaceUnready": unknownText }));
        assert.deepEqual(found.messages, []);
        assert.equal(found.unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-job-replaced-when-failed": excuse("runs once in the life of a house"),
        };
        assert.deepEqual(judge(rule, job(annotations)), clean);
    });
});
