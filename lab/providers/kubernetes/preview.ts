import { KubeError } from "../../kube/client";
import type { CallContext, CreateRequest, Properties, UpdateRequest, Value } from "../kit/provider";
import { Unknown } from "../kit/provider";
import { containsUnknown, isProperties } from "../kit/values";
import { checkpoint } from "./checkpoint";
import { describe, objectId, textAt, type Tree, without } from "./object";
import { isForbiddenToUs, isNotFound } from "./refusals";
import { apply, fieldManagerOf, findLive, holds, type Subject, tryCreate } from "./server-side";
import type { Session } from "./session";

/** What a create would give, as far as the API server can say; otherwise the inputs. */
export async function previewCreate(
    session: Session,
    subject: Subject,
    request: CreateRequest,
    context: CallContext,
): Promise<Properties> {
    if (subject.isPatch) return request.inputs;
    const guess = unsettled(request.inputs, request.inputs);
    if (!session.settings.serverSideApply || !isNamed(request.inputs)) return guess;
    const { object } = subject;
    try {
        const created = session.recall(request.urn, object) ?? (await tryCreate(session, subject, context));
        const outputs = checkpoint(without(created, "status"), fieldManagerOf(session, object, {}), request.inputs);
        return unsettled(overlay(request.inputs, outputs), request.inputs);
    } catch (error) {
        if (error instanceof KubeError && error.status === 409) {
            await warnIfForeign(session, subject, context);
            return guess;
        }
        // With places left out the object may be incomplete: what the API server says about it means little.
        if (isNotFound(error) || isForbiddenToUs(error) || containsUnknown(request.inputs)) return guess;
        throw error;
    }
}

export async function previewUpdate(
    session: Session,
    subject: Subject,
    request: UpdateRequest,
    context: CallContext,
): Promise<Properties> {
    if (!session.settings.serverSideApply || !isNamed(request.inputs)) return request.inputs;
    const fieldManager = fieldManagerOf(session, subject.object, request.oldOutputs);
    try {
        const updated = await apply(session, subject, context, { fieldManager, dryRun: true });
        return overlay(request.inputs, checkpoint(without(updated, "status"), fieldManager, request.inputs));
    } catch (error) {
        if (isNotFound(error) || isForbiddenToUs(error) || containsUnknown(request.inputs)) return request.inputs;
        throw error;
    }
}

function isNamed(inputs: Properties): boolean {
    const metadata = inputs["metadata"];
    return (
        isProperties(metadata) && typeof metadata["name"] === "string" && !(metadata["namespace"] instanceof Unknown)
    );
}

/** The API server's answer, with what is unknown in the inputs put back where it was left out. */
function overlay(inputs: Properties, outputs: Properties): Properties {
    const result: Properties = { ...outputs };
    for (const [key, input] of Object.entries(inputs)) {
        const output = outputs[key];
        if (!containsUnknown(input)) continue;
        result[key] = isProperties(input) && isProperties(output) ? overlay(input, output) : input;
    }
    return result;
}

/** What only the real object will have: a dry run makes it up, and inputs do not have it. */
function unsettled(outputs: Properties, inputs: Properties): Properties {
    const replaced = (part: string, fields: readonly string[]): Value => {
        const given = inputs[part];
        const value = outputs[part];
        const open = fields.filter((field) => !(isProperties(given) && field in given));
        return isProperties(value)
            ? { ...value, ...Object.fromEntries(open.map((field) => [field, Unknown.value])) }
            : (value ?? null);
    };
    const metadata = replaced("metadata", ["uid", "resourceVersion", "creationTimestamp"]);
    const isService = outputs["kind"] === "Service" && outputs["apiVersion"] === "v1";
    return { ...outputs, metadata, ...(isService && { spec: replaced("spec", ["clusterIP", "clusterIPs"]) }) };
}

/** An object that no program like this one made will stop the create; one that did is probably about to be replaced. */
async function warnIfForeign(session: Session, subject: Subject, context: CallContext): Promise<void> {
    const live = await findLive(session, subject, context.signal);
    if (live && !holds(live, [], (manager) => manager.startsWith("pulumi-kubernetes")))
        context.log("warning", existsAlready(subject.object));
}

/** Why a create was refused, and the ways on. */
export function existsAlready(object: Tree): string {
    const [kind, id] = [textAt(object, "kind") ?? "", objectId(object)];
    return (
        `${describe(object)}: exists already in the cluster but not in this stack (create never overwrites); take it over with the ` +
        `resource option import: "${id}", change single fields of it with a ${kind}Patch, or delete it; ` +
        `if the resource was only renamed in the program, give it aliases: [{ name: "<old name>" }]`
    );
}
