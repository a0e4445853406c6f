import { at, countAt, listAt, textAt, type Tree, treeAt } from "../object";
import { groupOf } from "../token";
import { serviceVerdict } from "./service";
import { conditionOf, ready, type Surroundings, type Verdict, waiting } from "./verdict";

export type Readiness = (object: Tree, around: Surroundings) => Verdict | Promise<Verdict>;

/** By `group/Kind`: what is waited for. Other kinds are there as soon as they are created. */
const readinessOf: Readonly<Record<string, Readiness>> = {
    "/Namespace": (object) => phase(object, ["Active"]),
    "/PersistentVolume": (object) => phase(object, ["Available", "Bound"]),
    "/PersistentVolumeClaim": claim,
    "/Pod": pod,
    "/Secret": accountToken,
    "/Service": serviceVerdict,
    "apiextensions.k8s.io/CustomResourceDefinition": definition,
    "apps/DaemonSet": daemonSet,
    "apps/Deployment": deployment,
    "apps/StatefulSet": statefulSet,
    "batch/Job": job,
    "networking.k8s.io/Ingress": (object) =>
        listAt(object, "status", "loadBalancer", "ingress").length > 0
            ? ready
            : waiting("no controller has given it an address (status.loadBalancer is empty)"),
};

/** @param all whether kinds without a rule of their own are judged by their `Ready` condition. */
export function readinessFor(object: Tree, all: boolean): Readiness | undefined {
    const kind = `${groupOf(textAt(object, "apiVersion") ?? "")}/${textAt(object, "kind") ?? ""}`;
    return readinessOf[kind] ?? (all ? byCondition : undefined);
}

function isObserved(object: Tree): boolean {
    return countAt(object, "status", "observedGeneration") >= countAt(object, "metadata", "generation");
}

const notObserved = waiting("its controller has not looked at it yet");

function deployment(object: Tree): Verdict {
    if (!isObserved(object)) return notObserved;
    const progressing = conditionOf(object, "Progressing");
    if (progressing?.["reason"] === "ProgressDeadlineExceeded")
        return { state: "failed", message: textAt(progressing, "message") ?? "its progress deadline is exceeded" };
    const wanted = replicas(object);
    const updated = countAt(object, "status", "updatedReplicas");
    const available = countAt(object, "status", "availableReplicas");
    if (updated < wanted) return waiting(`${updated} of ${wanted} replicas have been updated`);
    const old = countAt(object, "status", "replicas") - updated;
    if (old > 0) return waiting(`${old} old replicas are still to be removed`);
    return available < wanted ? waiting(`${available} of ${wanted} replicas are available`) : ready;
}

/**
 * As the released provider judges (provider/pkg/await/statefulset.go): it knows of no partition, so a set whose lower pods keep
 * what they have is never ready by it.
 */
function statefulSet(object: Tree): Verdict {
    if (!isObserved(object)) return notObserved;
    const wanted = replicas(object);
    const status = treeAt(object, "status");
    const readyCount = countAt(status, "readyReplicas");
    if (readyCount < wanted) return waiting(`${readyCount} of ${wanted} replicas are ready`);
    const old = countAt(status, "replicas") - wanted;
    if (old > 0) return waiting(`${old} replicas are still to be removed`);
    const isFirst = countAt(object, "metadata", "generation") <= 1;
    if (!isFirst && at(object, "spec", "updateStrategy", "type") === "OnDelete") return ready;
    const isRolledOut = textAt(status, "currentRevision") === textAt(status, "updateRevision");
    return isRolledOut && countAt(status, "currentReplicas") === wanted
        ? ready
        : waiting(`${countAt(status, "updatedReplicas")} of ${wanted} replicas have been updated`);
}

function daemonSet(object: Tree): Verdict {
    if (!isObserved(object)) return notObserved;
    const wanted = countAt(object, "status", "desiredNumberScheduled");
    const onDelete = at(object, "spec", "updateStrategy", "type") === "OnDelete";
    const updated = countAt(object, "status", "updatedNumberScheduled");
    if (!onDelete && updated < wanted) return waiting(`${updated} of ${wanted} nodes have the updated pod`);
    const available = countAt(object, "status", "numberAvailable");
    return available < wanted ? waiting(`${available} of ${wanted} pods are available`) : ready;
}

/** The API server fills in 1 where a program leaves it out. */
function replicas(object: Tree): number {
    const wanted = at(object, "spec", "replicas");
    return typeof wanted === "number" ? wanted : 1;
}

function job(object: Tree): Verdict {
    const failed = conditionOf(object, "Failed");
    if (failed?.["status"] === "True")
        return { state: "failed", message: `${textAt(failed, "reason")}: ${textAt(failed, "message")}` };
    if (conditionOf(object, "Complete")?.["status"] === "True" || at(object, "spec", "suspend") === true) return ready;
    const [active, succeeded] = [countAt(object, "status", "active"), countAt(object, "status", "succeeded")];
    return waiting(
        `${active} pods are running, ${succeeded} have succeeded, ${countAt(object, "status", "failed")} have failed`,
    );
}

function pod(object: Tree): Verdict {
    const now = textAt(object, "status", "phase") ?? "Pending";
    if (now === "Succeeded" || conditionOf(object, "Ready")?.["status"] === "True") return ready;
    return now === "Failed"
        ? { state: "failed", message: "its containers have ended with an error" }
        : waiting(`its phase is ${now}`);
}

async function claim(object: Tree, around: Surroundings): Promise<Verdict> {
    const now = textAt(object, "status", "phase");
    if (now === "Bound") return ready;
    const name = textAt(object, "spec", "storageClassName");
    const storageClass = name ? await around.find("storage.k8s.io/v1", "StorageClass", undefined, name) : undefined;
    // It binds when the first pod that uses it is scheduled, which may be created after it.
    if (storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer") return ready;
    if (name && !storageClass) return waiting(`its storage class "${name}" does not exist`);
    return waiting(`its phase is ${now ?? "Pending"}`);
}

function definition(object: Tree): Verdict {
    const refused = conditionOf(object, "NamesAccepted");
    if (refused?.["status"] === "False")
        return { state: "failed", message: textAt(refused, "message") ?? "its names are refused" };
    return conditionOf(object, "Established")?.["status"] === "True" ? ready : waiting("it is not established yet");
}

function accountToken(object: Tree): Verdict {
    const isToken = object["type"] === "kubernetes.io/service-account-token";
    return isToken && !textAt(object, "data", "token") ? waiting("its token has not been made yet") : ready;
}

function phase(object: Tree, wanted: readonly string[]): Verdict {
    const now = textAt(object, "status", "phase") ?? "unknown";
    return wanted.includes(now) ? ready : waiting(`its phase is ${now}`);
}

function byCondition(object: Tree): Verdict {
    const observed = at(object, "status", "observedGeneration");
    if (typeof observed === "number" && !isObserved(object)) return notObserved;
    const condition = conditionOf(object, "Ready");
    return condition && condition["status"] !== "True"
        ? waiting(textAt(condition, "message") ?? "it is not ready")
        : ready;
}
