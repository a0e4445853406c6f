import assert from "node:assert/strict";
import { jobBounded as rule } from "../../../../policies/rules/workloads/job-bounded";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

type Props = Readonly<Record<string, unknown>>;
const bounds = { activeDeadlineSeconds: 900, backoffLimit: 3 };

function job(spec: Props = {}, annotations: Props = {}) {
    return fact("kubernetes:batch/v1:Job", { metadata: { name: "setup", annotations }, spec: { ...bounds, ...spec } });
}

function schedule(spec: Props = {}) {
    const limits = { successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 3 };
    return fact("kubernetes:batch/v1:CronJob", {
        metadata: { name: "backup" },
        spec: {
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 3600,
            ...limits,
            jobTemplate: { spec: bounds },
            ...spec,
        },
    });
}

describe("job-bounded", () => {
    it("accepts jobs that end, and schedules that wait for the last run", () => {
        assert.deepEqual(judge(rule, job(), schedule(), schedule({ concurrencyPolicy: "Replace" })), clean);
        assert.equal(rule.applies(workload().type), false);
    });

    it("refuses a job without an end", () => {
        assert.deepEqual(judge(rule, job({ activeDeadlineSeconds: undefined })).messages, [
            "Job setup spec.activeDeadlineSeconds: it may hang for ever (job-bounded); write a number of seconds",
        ]);
        assert.match(judge(rule, job({ backoffLimit: null })).messages.join(), /its attempts are not counted/);
        assert.equal(judge(rule, schedule({ jobTemplate: {} })).messages.length, 2);
    });

    it("refuses runs that pile up, or that are kept for ever", () => {
        for (const concurrencyPolicy of [undefined, "Allow"]) {
            assert.match(judge(rule, schedule({ concurrencyPolicy })).messages.join(), /Allow lets runs pile up/);
        }
        for (const key of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
            assert.equal(judge(rule, schedule({ [key]: undefined })).messages.length, 1);
        }
    });

    it("leaves an unknown policy unchecked", () => {
        const found = judge(rule, schedule({ concurrencyPolicy: unknownText }));
        assert.deepEqual(found, { messages: [], unchecked: ["spec.concurrencyPolicy"] });
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-job-bounded": excuse("copies for as many days as it takes") };
        assert.deepEqual(judge(rule, job({ activeDeadlineSeconds: undefined }, annotations)), clean);
    });
});
