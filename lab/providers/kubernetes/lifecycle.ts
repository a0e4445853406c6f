import { KubeError } from "../../kube/client";
import { pause } from "../../pause";
import { reasonOf } from "../../reason";
import {
    type CallContext,
    type CreateRequest,
    InitializationError,
    type Properties,
    type UpdateRequest,
} from "../kit/provider";
import { awaitReady, NotReadyError } from "./await/wait";
import { timeoutMs } from "./annotations";
import { checkpoint } from "./checkpoint";
import type { KubeKind } from "./discovery";
import { at, describe, objectId, type Tree, withValue } from "./object";
import { existsAlready } from "./preview";
import { isNotFound } from "./refusals";
import { obstacles } from "./removal";
import { apply, fieldManagerOf, findLive, holds, relinquish, type Subject } from "./server-side";
import type { Session } from "./session";

/** Waits between attempts at what may be a matter of order: a namespace or a definition that is just being created. */
const retriesMs = [250, 500, 1_000, 2_000];

export async function createObject(
    session: Session,
    subject: Subject,
    request: CreateRequest,
    context: CallContext,
): Promise<{ id: string; outputs: Properties }> {
    const fieldManager = fieldManagerOf(session, subject.object, {});
    const isNew = !subject.isPatch && !session.settings.upsertExistingObjects;
    const live = isNew ? await findLive(session, subject, context.signal) : undefined;
    if (live && at(live, "metadata", "deletionTimestamp") !== undefined)
        throw new Error(`${describe(live)}: the old one is still being deleted: ${obstacles(live).join("; ")}`);
    if (live) throw new Error(existsAlready(subject.object));
    const created = await retried(context, () => apply(session, subject, context, { fieldManager }));
    const outputs = await ready(session, subject, created, fieldManager, request, context);
    return { id: objectId(created), outputs };
}

export async function updateObject(
    session: Session,
    subject: Subject,
    request: UpdateRequest,
    context: CallContext,
): Promise<{ outputs: Properties }> {
    const live = await findLive(session, subject, context.signal);
    if (!live && !subject.isPatch)
        throw new Error(
            `${describe(subject.object)}: is gone from the cluster; run "pulumi refresh", then "pulumi up" makes it again`,
        );
    const before = fieldManagerOf(session, { metadata: {} }, request.oldOutputs);
    const fieldManager = fieldManagerOf(session, subject.object, request.oldOutputs);
    const wanted: Subject = {
        ...subject,
        object: withIgnored(subject.object, live ?? {}, request.ignoreChanges, before),
    };
    const updated = await apply(session, wanted, context, { fieldManager });
    if (before !== fieldManager && session.settings.serverSideApply)
        await relinquish(session, subject, context, before);
    return { outputs: await ready(session, subject, updated, fieldManager, request, context) };
}

/** Waits for the object to come into its right state. @throws InitializationError with the reasons why it did not. */
async function ready(
    session: Session,
    subject: Subject,
    applied: Tree,
    fieldManager: string,
    request: CreateRequest,
    context: CallContext,
): Promise<Properties> {
    const budgetMs = timeoutMs(subject.object, request.timeoutSeconds);
    try {
        const live = subject.isPatch ? applied : await awaitReady(session, subject, applied, budgetMs, context);
        return checkpoint(live, fieldManager, request.inputs);
    } catch (error) {
        // Whatever happened meanwhile, the object is there: an ordinary error would lose it from the state.
        const { live, reasons } = error instanceof NotReadyError ? error : { live: undefined, reasons: [] };
        const outputs = checkpoint(live ?? applied, fieldManager, request.inputs);
        const message = reasonOf(error);
        throw new InitializationError(objectId(applied), outputs, request.inputs, [message, ...reasons]);
    }
}

/** Tries again what ends in "not found". */
export async function retried<T>(context: CallContext, attempt: () => Promise<T>): Promise<T> {
    for (const pauseMs of retriesMs) {
        try {
            return await attempt();
        } catch (error) {
            if (!isNotFound(error) || context.signal.aborted) throw error;
            context.log("info", `${error instanceof KubeError ? error.message : ""}; trying again`, {
                ephemeral: true,
            });
            await pause(pauseMs, context.signal);
        }
    }
    return attempt();
}

/** A kind that may be defined a moment later, by another resource of the same program. */
export async function awaitKind(
    session: Session,
    apiVersion: string,
    kind: string,
    context: CallContext,
): Promise<KubeKind | undefined> {
    for (const pauseMs of [...retriesMs, 0]) {
        const found = await session.cluster.kindOf(apiVersion, kind);
        if (found || context.signal.aborted) return found;
        context.log("info", `waiting for the definition of ${kind} in ${apiVersion}`, { ephemeral: true });
        await pause(pauseMs, context.signal);
    }
    return undefined;
}

/** An ignored field keeps its live value, or is left to the manager that holds it. */
function withIgnored(object: Tree, live: Tree, ignoreChanges: readonly string[], fieldManager: string): Tree {
    return ignoreChanges.reduce((wanted, ignored) => {
        const path = ignored.split(".");
        const value = at(live, ...path);
        if (value === undefined || ignored.includes("[")) return wanted;
        const ours = holds(live, path, (manager) => manager === fieldManager);
        const theirs = holds(live, path, (manager) => manager !== fieldManager);
        return withValue(wanted, path, theirs && !ours ? undefined : value);
    }, object);
}
