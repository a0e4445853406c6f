import type { CallContext } from "../../kit/provider";
import { awaitReady, NotReadyError } from "../await/wait";
import { awaitKind, retried } from "../lifecycle";
import { describe, objectId, textAt, type Tree, treeAt, withValue } from "../object";
import { removeAndAwait } from "../removal";
import { apply, findLive, namespaceOf, type Subject } from "../server-side";
import type { Session } from "../session";

/** Where the objects of a release go and how long they may take. */
export interface Installation {
    readonly name: string;
    readonly namespace: string;
    readonly takeOwnership: boolean;
    /** Point in time, in milliseconds since the epoch. */
    readonly deadline: number;
}

/** Kinds in the order in which Helm installs them; all others come last, for they may need the ones before. */
const order = [
    ...[
        "PriorityClass",
        "Namespace",
        "NetworkPolicy",
        "ResourceQuota",
        "LimitRange",
        "PodDisruptionBudget",
        "ServiceAccount",
    ],
    ...["Secret", "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition"],
    ...[
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Service",
        "DaemonSet",
        "Pod",
        "ReplicaSet",
        "Deployment",
    ],
    ...["HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService"],
    ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
];

function inInstallOrder(objects: readonly Tree[]): Tree[] {
    const rank = (object: Tree) => {
        const index = order.indexOf(textAt(object, "kind") ?? "");
        return index < 0 ? order.length : index;
    };
    return [...objects].sort((left, right) => rank(left) - rank(right));
}

/** Definitions of a chart: made when they are missing, never changed. */
export async function installDefinitions(
    session: Session,
    definitions: readonly Tree[],
    installation: Installation,
    context: CallContext,
): Promise<void> {
    const made = [];
    for (const object of definitions) {
        const subject = await subjectFor(session, object, installation, context);
        if (await findLive(session, subject, context.signal)) continue;
        made.push({ subject, applied: await apply(session, subject, context, { fieldManager: "helm", force: true }) });
    }
    for (const { subject, applied } of made)
        await awaitReady(session, subject, applied, remaining(installation), context);
}

/**
 * Looks at all objects before any is changed.
 * @throws Error naming a kind that is not defined, or every object that belongs to somebody else.
 */
export async function refuseForeign(
    session: Session,
    objects: readonly Tree[],
    installation: Installation,
    context: CallContext,
): Promise<void> {
    const foreign = [];
    for (const object of objects) {
        const subject = await subjectFor(session, object, installation, context);
        const live = installation.takeOwnership ? undefined : await findLive(session, subject, context.signal);
        if (live && !isOwned(live, installation))
            foreign.push(
                `${describe(live)} (its annotation ${releaseName} is ${JSON.stringify(releaseOf(live) ?? null)})`,
            );
    }
    if (foreign.length > 0)
        throw new Error(
            `release ${installation.name}: ${foreign.join(", ")} exists already and does not belong to it; ` +
                `delete it, or set takeOwnership: true`,
        );
}

/** Applies the objects in Helm's order. */
export async function applyObjects(
    session: Session,
    objects: readonly Tree[],
    installation: Installation,
    context: CallContext,
): Promise<{ subject: Subject; applied: Tree }[]> {
    const done = [];
    for (const object of inInstallOrder(objects)) {
        const subject = await subjectFor(session, owned(object, installation), installation, context);
        context.log("info", `applying ${describe(subject.object)}`, { ephemeral: true });
        const send = () => apply(session, subject, context, { fieldManager: "helm", force: true });
        done.push({ subject, applied: await retried(context, send) });
    }
    return done;
}

/** @throws NotReadyError with what every object that is not ready says. */
export async function awaitObjects(
    session: Session,
    applied: readonly { subject: Subject; applied: Tree }[],
    installation: Installation,
    context: CallContext,
): Promise<void> {
    const outcomes = await Promise.allSettled(
        applied.map((one) => awaitReady(session, one.subject, one.applied, remaining(installation), context)),
    );
    const failed = outcomes.flatMap((outcome): unknown[] => (outcome.status === "rejected" ? [outcome.reason] : []));
    const other = failed.find((reason) => !(reason instanceof NotReadyError));
    if (other !== undefined) throw other instanceof Error ? other : new Error("the installation failed");
    const notReady = failed.filter((reason) => reason instanceof NotReadyError);
    if (notReady.length > 0)
        throw new NotReadyError(
            `${notReady.length} of ${applied.length} objects of the release are not ready`,
            undefined,
            notReady.flatMap((reason) => [reason.message, ...reason.reasons]),
        );
}

/** Removes objects of the release, the last one installed first; those that ask to be kept stay. */
export async function removeObjects(
    session: Session,
    objects: readonly Tree[],
    installation: Installation,
    context: CallContext,
): Promise<void> {
    for (const object of inInstallOrder(objects).reverse()) {
        if (textAt(object, "metadata", "annotations", "helm.sh/resource-policy") === "keep") continue;
        const placed = await placedObject(session, object, installation);
        const live = placed && (await findLive(session, placed, context.signal));
        if (!placed || !live || !isOwned(live, installation)) continue;
        context.log("info", `deleting ${describe(live)}`, { ephemeral: true });
        await removeAndAwait(session, placed, remaining(installation), context);
    }
}

/** Names an object across revisions. */
export function keyOf(object: Tree): string {
    return `${textAt(object, "apiVersion")} ${textAt(object, "kind")} ${objectId(object)}`;
}

async function subjectFor(
    session: Session,
    object: Tree,
    { name, namespace }: Installation,
    context: CallContext,
): Promise<Subject> {
    const [apiVersion, kindName] = [textAt(object, "apiVersion") ?? "", textAt(object, "kind") ?? ""];
    const kind = await awaitKind(session, apiVersion, kindName, context);
    if (!kind)
        throw new Error(
            `release ${name}: the API server knows no kind ${kindName} in ${apiVersion} (the chart does not bring its definition); install what does first, and let this release depend on it`,
        );
    return { kind, isPatch: false, object: kind.namespaced ? placedIn(object, namespace) : object };
}

/** Gives `undefined` for an object of a kind that is not defined: there is none of it. */
async function placedObject(session: Session, object: Tree, { namespace }: Installation) {
    const kind = await session.cluster.kindOf(textAt(object, "apiVersion") ?? "", textAt(object, "kind") ?? "");
    return kind && { kind, object: kind.namespaced ? placedIn(object, namespace) : object };
}

function placedIn(object: Tree, namespace: string): Tree {
    return namespaceOf(object) ? object : withValue(object, ["metadata", "namespace"], namespace);
}

const releaseName = "meta.helm.sh/release-name";
const releaseNamespace = "meta.helm.sh/release-namespace";

/** Helm marks what it installs. */
function owned(object: Tree, { name, namespace }: Installation): Tree {
    const metadata = treeAt(object, "metadata");
    return {
        ...object,
        metadata: {
            ...metadata,
            labels: { ...treeAt(metadata, "labels"), "app.kubernetes.io/managed-by": "Helm" },
            annotations: { ...treeAt(metadata, "annotations"), [releaseName]: name, [releaseNamespace]: namespace },
        },
    };
}

function releaseOf(live: Tree): string | undefined {
    return textAt(live, "metadata", "annotations", releaseName);
}

function isOwned(live: Tree, { name, namespace }: Installation): boolean {
    return releaseOf(live) === name && textAt(live, "metadata", "annotations", releaseNamespace) === namespace;
}

function remaining({ deadline }: Installation): number {
    return Math.max(1, deadline - Date.now());
}
