import { sameValue } from "../kit/diff";
import type { CallContext, Properties, ReadRequest } from "../kit/provider";
import { importedInputs } from "./check";
import { checkpoint } from "./checkpoint";
import { isTree, type KubeValue, parseId, textAt, toObject, toProperties, type Tree, treeAt } from "./object";
import { apply, fieldManagerOf, findLive, type Subject } from "./server-side";
import type { Session } from "./session";

export interface LiveState {
    readonly live: Tree;
    readonly inputs: Properties;
    readonly outputs: Properties;
}

/** The object as it is now; `undefined` when it is gone. Of its fields, those that the program writes become inputs. */
export async function readLive(
    session: Session,
    subject: Subject,
    request: ReadRequest,
    context: CallContext,
): Promise<LiveState | undefined> {
    const { name, namespace } = parseId(request.id);
    const metadata = { ...treeAt(subject.object, "metadata"), name, ...(namespace && { namespace }) };
    const named: Subject = { ...subject, object: { ...subject.object, metadata } };
    const live = await findLive(session, named, context.signal);
    if (!live) return undefined;
    const isImport = Object.keys(request.oldInputs).length === 0;
    const fieldManager = fieldManagerOf(session, subject.object, request.oldOutputs);
    const inputs = isImport
        ? importedInputs(live)
        : await ownedInputs(session, named, live, fieldManager, request, context);
    return { live, inputs, outputs: checkpoint(live, fieldManager, inputs) };
}

/** The old inputs, with those fields replaced that somebody else changed meanwhile. */
async function ownedInputs(
    session: Session,
    subject: Subject,
    live: Tree,
    fieldManager: string,
    request: ReadRequest,
    context: CallContext,
): Promise<Properties> {
    const { object: inputs, unknown } = toObject(request.oldInputs);
    if (unknown.length > 0) return request.oldInputs;
    const wanted = await repaired(session, subject, fieldManager, context);
    const drifted = drift(inputs, wanted ? withTexts(wanted, inputs) : inputs, withTexts(live, inputs));
    return isTree(drifted) ? toProperties(drifted) : request.oldInputs;
}

/** What the object would be if the inputs were applied again: like `live` exactly when nothing of ours was touched. */
async function repaired(
    session: Session,
    subject: Subject,
    fieldManager: string,
    context: CallContext,
): Promise<Tree | undefined> {
    if (!session.settings.serverSideApply) return undefined;
    try {
        return await apply(session, subject, context, { fieldManager, dryRun: true, force: true });
    } catch {
        // Not allowed, or a change that can only be made by replacing: then the inputs themselves are compared.
        return undefined;
    }
}

/** A Secret's `stringData` can only be written; it reads back as `data`. */
function withTexts(object: Tree, inputs: Tree): Tree {
    const texts = inputs["stringData"];
    if (textAt(object, "kind") !== "Secret" || !isTree(texts)) return object;
    const data = treeAt(object, "data");
    const decoded = Object.keys(texts).flatMap((key) => {
        const value = data[key];
        return typeof value === "string" ? [[key, Buffer.from(value, "base64").toString("utf8")] as const] : [];
    });
    return { ...object, stringData: Object.fromEntries(decoded) };
}

/**
 * @param wanted the value as the API server would write it for these inputs, defaults included.
 * @returns the input where `live` is as wanted, the live value where it is not, `undefined` where it is gone.
 */
export function drift(
    input: KubeValue,
    wanted: KubeValue | undefined,
    live: KubeValue | undefined,
): KubeValue | undefined {
    if (same(wanted, live)) return input;
    if (live === undefined) return undefined;
    if (isTree(input) && isTree(live)) {
        const result: Tree = {};
        for (const [key, value] of Object.entries(input)) {
            const now = drift(value, isTree(wanted) ? wanted[key] : undefined, live[key]);
            if (now !== undefined) result[key] = now;
        }
        return result;
    }
    return Array.isArray(input) && Array.isArray(live)
        ? driftOfList(input, Array.isArray(wanted) ? wanted : [], live)
        : live;
}

function driftOfList(input: KubeValue[], wanted: KubeValue[], live: KubeValue[]): KubeValue[] {
    const named = [...input, ...live].every((item) => isTree(item) && typeof item["name"] === "string");
    const partner = (list: KubeValue[], item: KubeValue, index: number) =>
        named ? list.find((other) => isTree(other) && isTree(item) && other["name"] === item["name"]) : list[index];
    const kept = input.flatMap((item, index) => {
        const now = drift(item, partner(wanted, item, index), partner(live, item, index));
        return now === undefined ? [] : [now];
    });
    const added = live.filter(
        (item, index) => partner(input, item, index) === undefined && !partner(wanted, item, index),
    );
    return [...kept, ...added];
}

function same(left: KubeValue | undefined, right: KubeValue | undefined): boolean {
    return left === undefined || right === undefined ? left === right : sameValue(left, right);
}
