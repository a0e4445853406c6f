import { randomBytes } from "node:crypto";
import { KubeError } from "../../kube/client";
import type { CallContext, Properties } from "../kit/provider";
import { annotation, annotationOf, isAnnotated } from "./annotations";
import { collectionPath, type KubeKind, objectPath } from "./discovery";
import { describe, isTree, type Tree, textAt, toObject, treeAt, withValue } from "./object";
import type { Session } from "./session";

/** An object on its way to the API server. */
export interface Subject {
    readonly kind: KubeKind;
    readonly object: Tree;
    readonly isPatch: boolean;
}

/** The object that inputs describe, as far as they are known. */
export function subjectOf(kind: KubeKind, isPatch: boolean, inputs: Properties): Subject {
    return { kind, isPatch, object: toObject(inputs).object };
}

/** Managers of single commands or of older tools, whose fields the program takes over without asking. */
const takenOver: ReadonlySet<string> = new Set([
    "kubectl",
    "before-first-apply",
    "pulumi-kubernetes",
    "pulumi-kubernetes.exe",
    "pulumi-resource-kubernetes",
]);

/** The manager of all objects when server-side apply is switched off. */
const clientSideManager = "pulumi-kubernetes";

/** Chosen by annotation, kept in the state, or made up, in this order. */
export function fieldManagerOf(session: Session, object: Tree, state: { readonly __fieldManager?: unknown }): string {
    if (!session.settings.serverSideApply) return clientSideManager;
    const kept = state.__fieldManager;
    return (
        annotationOf(object, annotation.patchFieldManager) ??
        (typeof kept === "string" && kept !== "" ? kept : `pulumi-kubernetes-${randomBytes(4).toString("hex")}`)
    );
}

export function namespaceOf(object: Tree): string | undefined {
    return textAt(object, "metadata", "namespace");
}

export function nameOf(object: Tree): string {
    return textAt(object, "metadata", "name") ?? "";
}

export function pathOf(kind: KubeKind, object: Tree): string {
    return objectPath(kind, namespaceOf(object), nameOf(object));
}

/** The live object, `undefined` where it is not there. */
export function findLive(session: Session, { kind, object }: Pick<Subject, "kind" | "object">, signal: AbortSignal) {
    return session.cluster.find<Tree>(pathOf(kind, object), { signal });
}

/** Asks what creating the object would give, with unknown fields as errors. @throws KubeError 409 where it exists. */
export async function tryCreate(session: Session, { kind, object }: Subject, context: CallContext): Promise<Tree> {
    const path = collectionPath(kind, kind.namespaced ? (namespaceOf(object) ?? "default") : undefined);
    return session.cluster.request<Tree>("POST", path, {
        body: bodyOf(kind, object),
        query: { dryRun: "All", fieldValidation: "Strict", fieldManager: clientSideManager },
        signal: context.signal,
        onWarning: session.warningsFor(context),
    });
}

export interface ApplyOptions {
    readonly fieldManager: string;
    readonly dryRun?: boolean;
    /** Takes fields over from other managers. Default: what annotation and provider say. */
    readonly force?: boolean;
}

/**
 * Server-side apply.
 * @throws Error naming each field that another manager holds, and that manager; KubeError otherwise.
 */
export async function apply(
    session: Session,
    { kind, object }: Subject,
    context: CallContext,
    options: ApplyOptions,
): Promise<Tree> {
    const wanted = session.settings.patchForce || isAnnotated(object, annotation.patchForce);
    const send = (force: boolean) =>
        session.cluster.request<Tree>("PATCH", pathOf(kind, object), {
            body: bodyOf(kind, object),
            contentType: "application/apply-patch+yaml",
            query: {
                fieldManager: options.fieldManager,
                force: String(force),
                fieldValidation: "Strict",
                dryRun: options.dryRun ? "All" : undefined,
            },
            // What is written is waited for, also when the update is cancelled: an object that was made and not told
            // of would stand in the way of the next one.
            ...(options.dryRun && { signal: context.signal }),
            onWarning: session.warningsFor(context),
        });
    const force = options.force ?? (wanted || !session.settings.serverSideApply);
    try {
        return await send(force);
    } catch (error) {
        const conflicts = conflictsOf(error);
        if (conflicts.length === 0) throw error;
        if (conflicts.every(({ manager }) => takenOver.has(manager))) return send(true);
        throw conflictError(object, conflicts);
    }
}

/** Gives up all fields of a manager: those that nobody else holds disappear. */
export async function relinquish(session: Session, subject: Subject, context: CallContext, fieldManager: string) {
    const { kind, object } = subject;
    const metadata = treeAt(object, "metadata");
    const kept: Tree = { name: metadata["name"] ?? "" };
    if (kind.namespaced && metadata["namespace"]) kept["namespace"] = metadata["namespace"];
    const empty: Tree = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: kept };
    await apply(session, { ...subject, object: empty }, context, { fieldManager, force: true });
}

/** Whether a manager holds the field at `path`, as `metadata.managedFields` of the live object tells. */
export function holds(live: Tree, path: readonly string[], isManager: (name: string) => boolean): boolean {
    const entries = treeAt(live, "metadata")["managedFields"];
    return (Array.isArray(entries) ? entries : []).some((entry) => {
        if (!isTree(entry) || !isManager(textAt(entry, "manager") ?? "")) return false;
        let fields: Tree | undefined = treeAt(entry, "fieldsV1");
        for (const step of path) {
            const next: unknown = fields?.[`f:${step}`];
            fields = typeof next === "object" && next !== null && !Array.isArray(next) ? (next as Tree) : undefined;
        }
        return fields !== undefined;
    });
}

/** What the API server is sent: without a namespace where the kind has none. */
function bodyOf(kind: KubeKind, object: Tree): Tree {
    const named = { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
    return kind.namespaced ? named : withValue(named, ["metadata", "namespace"], undefined);
}

interface Conflict {
    readonly field: string;
    readonly manager: string;
}

function conflictsOf(error: unknown): Conflict[] {
    if (!(error instanceof KubeError) || error.status !== 409) return [];
    return error.causes
        .filter((cause) => cause.reason === "FieldManagerConflict")
        .map(({ field, message }) => ({ field: field ?? "?", manager: /"([^"]+)"/.exec(message ?? "")?.[1] ?? "?" }));
}

function conflictError(object: Tree, conflicts: readonly Conflict[]): Error {
    const fields = conflicts.map(({ field, manager }) => `${field} is managed by "${manager}"`).join(", ");
    return new Error(
        `${describe(object)}: ${fields} (one manager sets a field, and this resource is another one); leave the field out, ` +
            `or take it over with the annotation ${annotation.patchForce}: "true" or the provider's enablePatchForce`,
    );
}
