import type { CallContext, DeleteRequest } from "../kit/provider";
import { propagationPolicy, timeoutMs } from "./annotations";
import { untilChanged } from "./await/changes";
import { unmetConditions } from "./await/reasons";
import { collectionPath } from "./discovery";
import { describe, listAt, parseId, textAt, toObject, type Tree, treeAt } from "./object";
import { isNotFound } from "./refusals";
import { fieldManagerOf, findLive, nameOf, namespaceOf, pathOf, relinquish, type Subject } from "./server-side";
import type { Session } from "./session";

/** Deletes an object and waits until it is gone; of a patch, only gives up its fields. */
export async function deleteObject(
    session: Session,
    subject: Subject,
    request: DeleteRequest,
    context: CallContext,
): Promise<void> {
    const { name, namespace } = parseId(request.id);
    const inputs = toObject(request.oldInputs).object;
    const metadata = { ...treeAt(inputs, "metadata"), name, ...(namespace && { namespace }) };
    const named: Subject = { ...subject, object: { ...subject.object, metadata } };
    if (subject.isPatch) {
        // Without a look whether the object is there: where it is gone, server-side apply makes an empty one of its name
        // (pulumi-kubernetes: provider/pkg/ssa/actions.go, Relinquish; pulumi/pulumi-kubernetes#2194).
        await relinquish(session, named, context, fieldManagerOf(session, inputs, request.oldOutputs));
        return;
    }
    await removeAndAwait(session, named, timeoutMs(inputs, request.timeoutSeconds), context);
}

/**
 * Deletes and waits until nothing is left of it.
 * @throws Error naming the finalizers that keep it, or what else Kubernetes says, when the time is up.
 */
export async function removeAndAwait(
    session: Session,
    { kind, object }: Pick<Subject, "kind" | "object">,
    budgetMs: number,
    context: CallContext,
): Promise<void> {
    const removed = await remove(session, { kind, object }, context);
    if (!removed) return;
    const uid = textAt(removed, "metadata", "uid");
    let live: Tree | undefined;
    let said = "";
    const look = async () => {
        live = await findLive(session, { kind, object }, context.signal);
        // An object with another identity is a new one of the same name.
        if (!live || (uid !== undefined && textAt(live, "metadata", "uid") !== uid)) return "gone" as const;
        const obstacle = obstacles(live).join("; ") || "waiting until it is gone";
        if (obstacle !== said) context.log("info", (said = obstacle), { ephemeral: true });
        return undefined;
    };
    const watched = [
        {
            path: collectionPath(kind, namespaceOf(object)),
            query: { fieldSelector: `metadata.name=${nameOf(object)}` },
        },
    ];
    if (await untilChanged(session.cluster, watched, look, budgetMs, context.signal)) return;
    const why = live ? obstacles(live).join("; ") : "";
    const when = context.signal.aborted ? "when the update was cancelled" : `after ${Math.round(budgetMs / 1000)} s`;
    throw new Error(`${describe(object)}: is still there ${when}${why ? `: ${why}` : ""}`);
}

/** Gives the object as it was when its deletion began; `undefined` when there was none. */
async function remove(session: Session, { kind, object }: Pick<Subject, "kind" | "object">, context: CallContext) {
    const live = await findLive(session, { kind, object }, context.signal);
    if (!live) return undefined;
    try {
        await session.cluster.request("DELETE", pathOf(kind, object), {
            body: {
                apiVersion: "v1",
                kind: "DeleteOptions",
                propagationPolicy: propagationPolicy(object),
                preconditions: { uid: textAt(live, "metadata", "uid") },
            },
            signal: context.signal,
        });
    } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
    }
    return live;
}

/** Finalizers that Kubernetes itself takes away, and what it waits for. */
const known: Readonly<Record<string, string>> = {
    foregroundDeletion: "the objects that it owns are deleted first",
    "kubernetes.io/pvc-protection": "a pod still uses it",
    "kubernetes.io/pv-protection": "a claim is still bound to it",
    "customresourcecleanup.apiextensions.k8s.io": "its custom resources are deleted first",
};

/** What keeps an object whose deletion has begun. */
export function obstacles(live: Tree): string[] {
    const finalizers = listAt(live, "metadata", "finalizers").filter((item) => typeof item === "string");
    const content = textAt(live, "kind") === "Namespace" ? unmetConditions(live) : [];
    return [
        ...content,
        ...finalizers.map((name) =>
            known[name]
                ? `the finalizer ${name} keeps it (${known[name]})`
                : `the finalizer ${name} keeps it until whoever set it takes it away`,
        ),
    ];
}
