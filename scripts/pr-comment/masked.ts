import type { Mask } from "../mask/mask";
import { isValues, type Values } from "../mask/plain-values";
import type { Preview, ResourceChange, ResourceState } from "./preview";

/** A preview in which nothing is secret any more; whatever is shown of it is taken from here. */
export function maskedPreview(preview: Preview, mask: Mask): Preview {
    const { changes, findings, diagnostics, otherLines } = preview;
    return {
        ...preview,
        changes: changes.map((change) => maskedChange(change, mask)),
        findings: findings.map((finding) => ({
            ...finding,
            policy: mask.text(finding.policy),
            urn: mask.text(finding.urn),
            message: mask.text(finding.message),
        })),
        diagnostics: diagnostics.map((entry) => ({
            ...entry,
            urn: mask.text(entry.urn),
            message: mask.text(entry.message),
        })),
        // As one text: a key goes over several lines.
        otherLines: mask.text(otherLines.join("\n")).split("\n"),
        shownSecrets: [],
    };
}

function maskedChange(change: ResourceChange, mask: Mask): ResourceChange {
    const { urn, type, name, before, after, properties } = change;
    return {
        ...change,
        urn: mask.text(urn),
        type: mask.text(type),
        name: mask.text(name),
        before: maskedState(before, type, mask),
        after: maskedState(after, type, mask),
        properties: properties.map(({ path, forces }) => ({ path: mask.text(path), forces })),
    };
}

function maskedState(state: ResourceState | undefined, type: string, mask: Mask): ResourceState | undefined {
    const masked = (values: Values): Values => {
        const result = mask.value(values, "", type);
        return isValues(result) ? result : {};
    };
    return (
        state && {
            id: mask.text(state.id),
            protect: state.protect,
            inputs: masked(state.inputs),
            outputs: masked(state.outputs),
        }
    );
}
