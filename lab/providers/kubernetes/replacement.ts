import { conditionOf } from "./await/verdict";
import { type Tree, textAt } from "./object";
import type { Settings } from "./settings";
import { groupOf } from "./token";

const selector = ["spec.selector"];
const roleRef = ["roleRef"];

/** Fields of a PersistentVolume that say where the data lies. */
const volumeSources = [
    ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"],
    ...[
        "gcePersistentDisk",
        "glusterfs",
        "hostPath",
        "iscsi",
        "local",
        "nfs",
        "photonPersistentDisk",
        "portworxVolume",
    ],
    ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
].map((source) => `spec.${source}`);

/** A pod's template cannot be changed; these are its fields that a program usually writes. */
const podFields = [
    ...[
        "affinity",
        "automountServiceAccountToken",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostAliases",
        "hostIPC",
    ],
    ...[
        "hostNetwork",
        "hostPID",
        "hostname",
        "imagePullSecrets",
        "nodeName",
        "nodeSelector",
        "overhead",
        "preemptionPolicy",
    ],
    ...["priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName"],
    ...["securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"],
    ...["terminationGracePeriodSeconds", "volumes", "containers", "initContainers"],
].map((field) => `spec.${field}`);

/** By `group/Kind`: what the released plugin replaces an object for (its table `forceNew`, read at v4.34). */
const replacing: Readonly<Record<string, readonly string[]>> = {
    "/PersistentVolume": volumeSources,
    "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
    "/Pod": podFields,
    "/ResourceQuota": ["spec.scopes"],
    "/Service": ["spec.clusterIP"],
    "apps/DaemonSet": selector,
    "apps/Deployment": selector,
    "apps/StatefulSet": [
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
    "rbac.authorization.k8s.io/ClusterRoleBinding": roleRef,
    "rbac.authorization.k8s.io/RoleBinding": roleRef,
    "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** What makes an object another one. */
const identity = ["metadata.name", "metadata.namespace", "kind"];

/**
 * Property paths whose change replaces the object.
 * @param inputs the new ones, completed by check.
 */
export function replacingPaths(
    inputs: Tree,
    isPatch: boolean,
    settings: Pick<Settings, "secretMutable" | "configMapMutable">,
): readonly string[] {
    // A patch holds single fields of an object that is somebody else's: all but the object itself can move.
    if (isPatch) return identity;
    const kind = `${groupOf(textAt(inputs, "apiVersion") ?? "")}/${textAt(inputs, "kind") ?? ""}`;
    const immutable = inputs["immutable"] === true;
    if (kind === "/Secret")
        return [...identity, "type", ...(settings.secretMutable && !immutable ? [] : ["data", "stringData"])];
    if (kind === "/ConfigMap")
        return settings.configMapMutable && !immutable ? identity : [...identity, "data", "binaryData"];
    return [...identity, ...(replacing[kind] ?? [])];
}

/**
 * Whether a Job has not ended well (the released plugin's `checkjob.NewJobChecker`, read at v4.34): it has not started, has failed,
 * or is not complete yet.
 */
export function isUnreadyJob(live: Tree): boolean {
    const isTrue = (type: string) => conditionOf(live, type)?.["status"] === "True";
    return textAt(live, "status", "startTime") === undefined || isTrue("Failed") || !isTrue("Complete");
}
