/** What Longhorn 1.12 can do again and again (`longhorn/longhorn:chart/templates/crds.yaml`). */
const TASKS = [
    "snapshot",
    "snapshot-force-create",
    "snapshot-cleanup",
    "snapshot-delete",
    "backup",
    "backup-force-create",
    "filesystem-trim",
    "system-backup",
];

const TEXTS = { type: "object", additionalProperties: { type: "string" } };

/** `spec` of a RecurringJob: what has another name or type is refused, as by the definition of the real chart. */
export const RECURRING_JOB_SPEC = {
    type: "object",
    properties: {
        name: { type: "string" },
        groups: { type: "array", items: { type: "string" } },
        task: { type: "string", enum: TASKS },
        cron: { type: "string" },
        retain: { type: "integer" },
        concurrency: { type: "integer" },
        labels: TEXTS,
        parameters: TEXTS,
    },
};
