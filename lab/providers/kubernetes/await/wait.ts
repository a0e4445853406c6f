import { textOf } from "../../../plain-values";
import type { CallContext } from "../../kit/provider";
import { annotation, annotationOf, isAnnotated } from "../annotations";
import { collectionPath, objectPath } from "../discovery";
import { describe, textAt, type Tree } from "../object";
import { nameOf, namespaceOf, pathOf, type Subject } from "../server-side";
import type { Session } from "../session";
import { untilChanged, type Watched } from "./changes";
import { type Readiness, readinessFor } from "./readiness";
import { reasonsOf } from "./reasons";
import type { Surroundings, Verdict } from "./verdict";
import { parseWaitFor, unmet } from "./wait-for";

/** A node that does not answer must not hold up the error. */
const logPatienceMs = 2_000;
/** No line is so long that it could fill the memory. */
const mostLogBytes = "65536";

/** The object exists but is not in its right state. */
export class NotReadyError extends Error {
    constructor(
        message: string,
        /** The object as it was last seen; `undefined` when it went away. */
        readonly live: Tree | undefined,
        /** What Kubernetes says about it. */
        readonly reasons: readonly string[],
    ) {
        super(message);
        this.name = "NotReadyError";
    }
}

/**
 * Waits until the object is ready, showing how far it is.
 * @returns the ready object.
 * @throws NotReadyError when it fails, the time is up, or the engine cancels.
 */
export async function awaitReady(
    session: Session,
    subject: Subject,
    applied: Tree,
    budgetMs: number,
    context: CallContext,
): Promise<Tree> {
    const readiness = ruleFor(session, subject.object, applied);
    if (!readiness) return applied;
    const around = surroundings(session, context.signal);
    const seen: { live: Tree | undefined; message: string } = { live: applied, message: "" };
    const show = (message: string) => {
        if (message !== seen.message) context.log("info", message, { ephemeral: true });
        seen.message = message;
    };
    const look = async (): Promise<"gone" | Verdict["state"] | undefined> => {
        seen.live = await session.cluster.find<Tree>(pathOf(subject.kind, applied), { signal: context.signal });
        if (!seen.live) return "gone";
        const verdict = await readiness(seen.live, around);
        // Nothing is left to be shown beside an object that is ready.
        show(verdict.state === "ready" ? "" : verdict.message);
        return verdict.state === "waiting" ? undefined : verdict.state;
    };
    const outcome = await untilChanged(session.cluster, watchedFor(subject, applied), look, budgetMs, context.signal);
    const { live, message } = seen;
    if (!live) throw new NotReadyError(`${describe(applied)} was deleted while it was waited for`, undefined, []);
    if (outcome === "ready") return live;
    const patience = context.signal.aborted ? "when the update was cancelled" : `after ${seconds(budgetMs)}`;
    const when = outcome === "failed" ? "failed" : `was not ready ${patience}`;
    const reasons = context.signal.aborted ? [] : await reasonsOf(live, around);
    throw new NotReadyError(`${describe(applied)} ${when}: ${message}`, live, reasons);
}

/** Looks once; gives what is wrong, or `undefined` for an object that is ready or is not waited for. */
export async function unreadiness(
    session: Session,
    object: Tree,
    live: Tree,
    signal: AbortSignal,
): Promise<string[] | undefined> {
    const around = surroundings(session, signal);
    if (isAnnotated(object, annotation.skipAwait)) return undefined;
    // Nor does the released provider look at `waitFor` when it reads (provider/pkg/await/await.go).
    const verdict = await readinessFor(live, session.settings.awaitAll)?.(live, around);
    if (verdict === undefined || verdict.state === "ready") return undefined;
    return [`${describe(live)} is not ready: ${verdict.message}`, ...(await reasonsOf(live, around))];
}

/** `skipAwait` beats everything, `waitFor` beats what is known of the kind. */
function ruleFor(session: Session, object: Tree, live: Tree): Readiness | undefined {
    if (isAnnotated(object, annotation.skipAwait)) return undefined;
    const waitFor = annotationOf(object, annotation.waitFor);
    if (waitFor === undefined) return readinessFor(live, session.settings.awaitAll);
    const conditions = parseWaitFor(waitFor);
    return (now) => {
        const missing = unmet(conditions, now);
        return missing.length === 0 ? { state: "ready" } : { state: "waiting", message: missing.join("; ") };
    };
}

function watchedFor({ kind }: Subject, applied: Tree): Watched[] {
    const [namespace, name] = [namespaceOf(applied), nameOf(applied)];
    const itself = { path: collectionPath(kind, namespace), query: { fieldSelector: `metadata.name=${name}` } };
    if (textAt(applied, "kind") !== "Service" || !namespace) return [itself];
    const slices = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        plural: "endpointslices",
        namespaced: true,
    };
    return [
        itself,
        { path: collectionPath(slices, namespace), query: { labelSelector: `kubernetes.io/service-name=${name}` } },
    ];
}

/** Reads of other objects while waiting; what may not be read counts as not there. */
function surroundings(session: Session, signal: AbortSignal): Surroundings {
    const { cluster } = session;
    return {
        async list(apiVersion, kindName, namespace, query = {}) {
            const kind = await cluster.kindOf(apiVersion, kindName);
            if (!kind) return [];
            const found = await cluster.find<{ items: Tree[] }>(collectionPath(kind, namespace), { query, signal });
            return found?.items.map((item) => ({ ...item, apiVersion, kind: kindName })) ?? [];
        },
        async find(apiVersion, kindName, namespace, name) {
            const kind = await cluster.kindOf(apiVersion, kindName);
            return kind && (await cluster.find<Tree>(objectPath(kind, namespace, name), { signal }));
        },
        async log(namespace, pod, container, { previous, lines }) {
            const query = { container, previous: String(previous), tailLines: String(lines), limitBytes: mostLogBytes };
            const soon = AbortSignal.any([signal, AbortSignal.timeout(logPatienceMs)]);
            try {
                const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/log`;
                return textOf(await cluster.request<unknown>("GET", path, { query, signal: soon }));
            } catch {
                // The error that they would explain is there without them.
                return undefined;
            }
        },
    };
}

function seconds(ms: number): string {
    return `${Math.round(ms / 100) / 10} s`;
}
