import { reasonOf } from "../../reason";
import { autoName } from "../kit/naming";
import {
    type CallContext,
    type CheckFailure,
    type CheckRequest,
    type Properties,
    Unknown,
    type Value,
} from "../kit/provider";
import { isProperties } from "../kit/values";
import { sameValue } from "../kit/diff";
import { annotation } from "./annotations";
import { parseWaitFor } from "./await/wait-for";
import { isProbablyNamespaced } from "./discovery";
import { textAt, toObject, toProperties, type Tree, without } from "./object";
import { isAboutExisting, refusalsOf } from "./refusals";
import { tryCreate } from "./server-side";
import type { Session } from "./session";
import type { Target } from "./token";

type ObjectTarget = Extract<Target, { kind: "object" }>;
const waitForProperty = `metadata.annotations["${annotation.waitFor}"]`;

/** Completes the inputs (kind, name, namespace) and has the API server look at them where that is possible. */
export async function checkObject(
    session: Session,
    target: ObjectTarget,
    request: CheckRequest,
    context: CallContext,
): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
    const reachable = await session.isReachable(context);
    if (!reachable && session.settings.skipUpdateUnreachable && Object.keys(request.olds).length > 0)
        return { inputs: request.olds, failures: [] };
    const { inputs, failures } = complete(session, target, request);
    const kind = reachable ? await session.cluster.kindOf(target.apiVersion, target.objectKind) : undefined;
    await setNamespace(session, kind?.namespaced ?? isProbablyNamespaced(target.objectKind), inputs);
    if (failures.length > 0 || !kind || target.isPatch || !session.settings.serverSideApply)
        return { inputs, failures };
    const unchanged = Object.keys(request.olds).length > 0 && sameValue(request.olds, inputs);
    const { object, unknown } = toObject(inputs);
    if (unchanged || unknown.length > 0) return { inputs, failures };
    const exists = Object.keys(request.olds).length > 0;
    try {
        const created = await tryCreate(session, { kind, object, isPatch: false }, context);
        session.remember(request.urn, object, created);
    } catch (error) {
        const refused = refusalsOf(error, object);
        failures.push(...(exists ? refused.filter((failure) => !isAboutExisting(failure)) : refused));
    }
    return { inputs, failures };
}

/** The inputs with kind and name, and what is wrong with them whatever the API server thinks. */
export function complete(
    session: Session,
    target: ObjectTarget,
    request: CheckRequest,
): { inputs: Properties; failures: CheckFailure[] } {
    const failures: CheckFailure[] = [];
    const metadata = tidyMetadata(request.news["metadata"]);
    const inputs: Properties = {
        apiVersion: target.apiVersion,
        kind: target.objectKind,
        ...withoutNulls(request.news),
        metadata,
    };
    const fail = (property: string, reason: string) => failures.push({ property, reason });
    if (target.isPatch && !session.settings.serverSideApply)
        fail("", "a patch needs the provider's enableServerSideApply");
    if (metadata["generateName"] && !metadata["name"])
        fail(
            "metadata.generateName",
            "is not supported with server-side apply; leave it out and a name is made up, or give metadata.name",
        );
    else if (!metadata["name"]) {
        if (target.isPatch)
            fail("metadata.name", "is missing (a patch needs the name of the object that it changes); give it");
        else setName(metadata, request);
    }
    if (!session.settings.serverSideApply && !target.isPatch) setManagedBy(metadata, request.olds);
    const waitFor = annotationsOf(metadata)[annotation.waitFor];
    try {
        if (typeof waitFor === "string") parseWaitFor(waitFor);
    } catch (error) {
        fail(waitForProperty, reasonOf(error));
    }
    return { inputs, failures };
}

/** Fields that only the API server writes; an object that was read and written back carries them. */
const readOnly = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

function tidyMetadata(value: Value | undefined): Properties {
    return isProperties(value) ? without(withoutNulls(value), ...readOnly) : {};
}

function withoutNulls(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

function annotationsOf(metadata: Properties): Properties {
    const annotations = metadata["annotations"];
    return isProperties(annotations) ? annotations : {};
}

/** A name that was made up once stays; a new one is the logical name with eight random digits. */
function setName(metadata: Properties, request: CheckRequest): void {
    const before = toObject(request.olds).object;
    const kept = textAt(before, "metadata", "annotations", annotation.autonamed) && textAt(before, "metadata", "name");
    metadata["name"] = kept || autoName(request.name, request.randomSeed, { randomLength: 8 });
    if (!(metadata["annotations"] instanceof Unknown))
        metadata["annotations"] = { ...annotationsOf(metadata), [annotation.autonamed]: "true" };
}

const managedBy = "app.kubernetes.io/managed-by";

/** Only without server-side apply: there the field managers say who made an object. */
function setManagedBy(metadata: Properties, olds: Properties): void {
    const before = toObject(olds).object;
    if (Object.keys(olds).length > 0 && !textAt(before, "metadata", "labels", managedBy)) return;
    if (!(metadata["labels"] instanceof Unknown))
        metadata["labels"] = { ...(isProperties(metadata["labels"]) ? metadata["labels"] : {}), [managedBy]: "pulumi" };
}

async function setNamespace(session: Session, namespaced: boolean, inputs: Properties): Promise<void> {
    const metadata = inputs["metadata"];
    if (namespaced && isProperties(metadata) && !metadata["namespace"])
        metadata["namespace"] = session.settings.namespace;
}

/** Written by kubectl and by controllers. */
const othersAnnotations = ["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];

/** Inputs of an object that this program did not make: what the API server has, without what only it writes. */
export function importedInputs(live: Tree): Properties {
    const inputs = without(toProperties(live), "status");
    const metadata = tidyMetadata(inputs["metadata"]);
    const annotations = without(annotationsOf(metadata), ...othersAnnotations);
    const own = without(metadata, "annotations");
    return { ...inputs, metadata: Object.keys(annotations).length > 0 ? { ...own, annotations } : own };
}
