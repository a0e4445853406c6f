import { textOf } from "../../plain-values";
import { diffProperties, isReplacement, sameValue } from "../kit/diff";
import { parsePath } from "../kit/property-path";
import type { CallContext, Diff, DiffRequest, Properties } from "../kit/provider";
import { isProperties } from "../kit/values";
import { annotation, isAnnotated } from "./annotations";
import { isProbablyNamespaced, type KubeKind } from "./discovery";
import { at, toObject, type Tree } from "./object";
import { isUnreadyJob, replacingPaths } from "./replacement";
import { apply, fieldManagerOf, findLive, nameOf, namespaceOf, type Subject } from "./server-side";
import type { Session } from "./session";

/** What changed between the inputs, and whether it can be changed in place. */
export async function diffObject(
    session: Session,
    kind: KubeKind | undefined,
    isPatch: boolean,
    request: DiffRequest,
    context: CallContext,
): Promise<Diff> {
    const namespaced = kind?.namespaced ?? isProbablyNamespaced(textOf(request.newInputs["kind"]));
    const [olds, news] = [request.oldInputs, request.newInputs].map((inputs) => canonical(inputs, namespaced));
    if (!olds || !news) return { detailed: new Map() };
    const { object, unknown } = toObject(news);
    const replaceOn = replacingPaths(object, isPatch, session.settings);
    const ignoreChanges = request.ignoreChanges;
    const detailed = new Map(diffProperties(olds, news, { ignoreChanges, replaceOn }));
    const subject = kind && { kind, object, isPatch };
    if (subject && unknown.length === 0) {
        const same = await writtenDifferently(session, subject, [...detailed], request, context);
        for (const path of same) detailed.delete(path);
    }
    const alsoReplaces = (await isToBeReplaced(session, subject, request, context))
        ? [`.metadata.annotations["${annotation.replaceUnready}"]`]
        : [];
    const isReplaced = alsoReplaces.length > 0 || isReplacement(detailed);
    return { detailed, alsoReplaces, deleteBeforeReplace: isReplaced && keepsName(object, request.oldOutputs) };
}

/**
 * `pulumi.com/replaceUnready` as the released plugin has it (since 3.2.0; `Diff` in provider/pkg/provider/provider.go, read at
 * v4.34): it looks at the live Job in each diff, in a preview too, and asks for a replacement as long as that one has not ended
 * well. What cannot be read is left alone, and so is every other kind.
 */
async function isToBeReplaced(
    session: Session,
    subject: Subject | undefined,
    { oldOutputs }: DiffRequest,
    context: CallContext,
): Promise<boolean> {
    if (!subject || !isAnnotated(subject.object, annotation.replaceUnready)) return false;
    if (subject.kind.kind !== "Job") {
        context.log("warning", "replaceUnready annotation is not supported for this resource");
        return false;
    }
    if (!(await session.isReachable(context))) return false;
    // The one that is there, also where the program gives it another name now.
    const old = { kind: subject.kind, object: toObject(oldOutputs).object };
    const live = await findLive(session, old, context.signal).catch(() => undefined);
    return live !== undefined && isUnreadyJob(live);
}

/** Inputs with the namespace that they mean, so that naming it later is no change. */
function canonical(inputs: Properties, namespaced: boolean): Properties {
    const metadata = inputs["metadata"];
    if (!isProperties(metadata)) return inputs;
    const { namespace, ...rest } = metadata;
    return { ...inputs, metadata: namespaced ? { ...rest, namespace: namespace || "default" } : rest };
}

/** Two objects of one name cannot live side by side: the old one has to go first. */
function keepsName(object: Tree, oldOutputs: Properties): boolean {
    const old = toObject(oldOutputs).object;
    return (
        !isAnnotated(object, annotation.autonamed) &&
        nameOf(object) === nameOf(old) &&
        (namespaceOf(object) ?? "default") === (namespaceOf(old) ?? "default")
    );
}

/** Paths whose old and new text the API server reads as the same value (`1000m` and `1`). */
async function writtenDifferently(
    session: Session,
    subject: Subject,
    changes: readonly (readonly [string, { readonly kind: string }])[],
    request: DiffRequest,
    context: CallContext,
): Promise<string[]> {
    const updates = changes.filter(([, change]) => change.kind === "update" || change.kind === "update-replace");
    if (updates.length === 0 || !session.settings.serverSideApply || !(await session.isReachable(context))) return [];
    const fieldManager = fieldManagerOf(session, subject.object, request.oldOutputs);
    try {
        const outcome = await apply(session, subject, context, { fieldManager, dryRun: true, force: true });
        const before = toObject(request.oldOutputs).object;
        return updates
            .map(([path]) => path)
            .filter((path) => {
                const steps = parsePath(path);
                const [old, now] = [at(before, ...steps), at(outcome, ...steps)];
                return old !== undefined && now !== undefined && sameValue(old, now);
            });
    } catch {
        // Refused, for instance because it can only be replaced: then the texts decide.
        return [];
    }
}
