import { z } from "zod";

const values = z.record(z.string(), z.unknown());

const state = z.object({
    id: z.string().default(""),
    protect: z.boolean().default(false),
    inputs: values.nullish(),
    outputs: values.nullish(),
});

/** `kind` in the document, `diffKind` in the stream. */
const propertyDiff = z.object({ kind: z.string().optional(), diffKind: z.string().optional() });
const detailedDiff = z.record(z.string(), propertyDiff).nullish();

/** A step of the stream of events. */
const metadata = z.object({
    op: z.string(),
    urn: z.string(),
    old: state.nullish(),
    new: state.nullish(),
    keys: z.array(z.string()).nullish(),
    diffs: z.array(z.string()).nullish(),
    detailedDiff,
});

const diagnostic = z.object({
    message: z.string(),
    prefix: z.string().default(""),
    severity: z.string(),
    urn: z.string().default(""),
    ephemeral: z.boolean().default(false),
});

const policy = z.object({
    message: z.string(),
    policyName: z.string(),
    resourceUrn: z.string().default(""),
    enforcementLevel: z.string(),
});

const counts = z.record(z.string(), z.number());

/** One line of `pulumi preview --json` with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true (sdk/go/common/apitype/events.go). */
export const engineEvent = z.object({
    sequence: z.number(),
    resourcePreEvent: z.object({ metadata }).optional(),
    resOutputsEvent: z.object({ metadata }).optional(),
    diagnosticEvent: diagnostic.optional(),
    policyEvent: policy.optional(),
    policyLoadEvent: z.unknown().optional(),
    errorEvent: z.object({ error: z.string() }).optional(),
    summaryEvent: z.object({ resourceChanges: counts.nullish() }).optional(),
});
export type EngineEvent = z.infer<typeof engineEvent>;

/** The one document of `pulumi preview --json` (pkg/display/json.go): no policies in it, and no debug messages. */
export const previewDocument = z.object({
    steps: z
        .array(
            z.object({
                op: z.string(),
                urn: z.string(),
                oldState: state.nullish(),
                newState: state.nullish(),
                replaceReasons: z.array(z.string()).nullish(),
                diffReasons: z.array(z.string()).nullish(),
                detailedDiff,
            }),
        )
        .nullish(),
    diagnostics: z.array(diagnostic).nullish(),
    changeSummary: counts.nullish(),
});

/** One step, from either form. */
export interface Step {
    readonly op: string;
    readonly urn: string;
    readonly old: z.infer<typeof state> | undefined;
    readonly new: z.infer<typeof state> | undefined;
    /** Properties that force a replacement, by their first key. */
    readonly replaceKeys: readonly string[];
    readonly changedKeys: readonly string[];
    readonly detailed: Readonly<Record<string, string>>;
}

export function stepOfEvent(step: z.infer<typeof metadata>): Step {
    return {
        op: step.op,
        urn: step.urn,
        old: step.old ?? undefined,
        new: step.new ?? undefined,
        replaceKeys: step.keys ?? [],
        changedKeys: step.diffs ?? [],
        detailed: kinds(step.detailedDiff),
    };
}

export function stepsOfDocument(document: z.infer<typeof previewDocument>): Step[] {
    return (document.steps ?? []).map((step) => ({
        op: step.op,
        urn: step.urn,
        old: step.oldState ?? undefined,
        new: step.newState ?? undefined,
        replaceKeys: step.replaceReasons ?? [],
        changedKeys: step.diffReasons ?? [],
        detailed: kinds(step.detailedDiff),
    }));
}

function kinds(diff: z.infer<typeof detailedDiff>): Record<string, string> {
    const entries = Object.entries(diff ?? {});
    return Object.fromEntries(entries.map(([path, { kind, diffKind }]) => [path, kind ?? diffKind ?? "update"]));
}
