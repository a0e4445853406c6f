import type { CallContext } from "../kit/provider";
import { formatPath, type PathSegment } from "../kit/property-path";
import type { Answer, AttributePath, Diagnostic } from "./protocol";
import type { ObjectShape, Shape } from "./schema";

/** What the provider refused, in Pulumi's words. */
export interface Refusal {
    /** Property path in Pulumi's names; empty when it is about the whole. */
    readonly property: string;
    readonly reason: string;
}

/** Shows the warnings of an answer at the resource and gives back its errors. */
export function refusals(answer: Answer, shape: ObjectShape, context?: CallContext): Refusal[] {
    const errors: Refusal[] = [];
    for (const diagnostic of answer.diagnostics ?? []) {
        const property = formatPath(pulumiPath(shape, diagnostic.attribute));
        const reason = textOf(diagnostic);
        if (diagnostic.severity === "ERROR") errors.push({ property, reason });
        else context?.log("warning", property === "" ? reason : `${property}: ${reason}`);
    }
    return errors;
}

/** @throws one error with everything that the answer refused. */
export function assertAccepted(answer: Answer, shape: ObjectShape, context?: CallContext): void {
    const errors = refusals(answer, shape, context);
    if (errors.length > 0) throw new Error(sentence(errors));
}

export function sentence(errors: readonly Refusal[]): string {
    return errors.map(({ property, reason }) => (property === "" ? reason : `${property}: ${reason}`)).join("\n");
}

/** The steps of a Terraform path as Pulumi's: other names, and no index where a block is a plain object. */
function pulumiPath(root: Shape, path: AttributePath | null): PathSegment[] {
    const segments: PathSegment[] = [];
    let shape: Shape | undefined = root;
    for (const step of path?.steps ?? []) {
        if (step.attribute_name !== undefined) {
            const field: ObjectShape["fields"][number] | undefined =
                shape?.kind === "object" ? shape.fields.find(({ key }) => key === step.attribute_name) : undefined;
            segments.push(field?.name ?? step.attribute_name);
            shape = field?.shape;
        } else {
            const single: boolean = (shape?.kind === "list" || shape?.kind === "set") && shape.single;
            if (!single) segments.push(step.element_key_string ?? step.element_key_int ?? 0);
            shape = shape && "element" in shape ? shape.element : undefined;
        }
    }
    return segments;
}

/** Terraform's summary and detail often say the same twice, over several lines. */
function textOf({ summary, detail }: Diagnostic): string {
    const [first, second] = [summary, detail].map((text) => text.replace(/\s+/g, " ").trim());
    if (!first || !second || second.includes(first)) return second || first || "refused without a reason";
    return first.includes(second) ? first : `${first}: ${second}`;
}
