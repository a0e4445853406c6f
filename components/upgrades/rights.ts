import type { types } from "@pulumi/kubernetes";

type Rule = types.input.rbac.v1.PolicyRule;

const read = ["get", "list", "watch"];

/** What the controller may do in the whole cluster: see nodes and note on them what is done. */
export const controllerRules: Rule[] = [
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
    { apiGroups: [""], resources: ["nodes"], verbs: [...read, "update"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    // Before it makes a job, it looks everywhere for those that it has made for the same plan.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] },
    // It brings its own definition of plans up to date when it starts.
    {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        verbs: ["get", "list", "create"],
    },
    {
        apiGroups: ["apiextensions.k8s.io"],
        resources: ["customresourcedefinitions"],
        resourceNames: ["plans.upgrade.cattle.io"],
        verbs: ["update"],
    },
];

/** What the controller may do in its own namespace. */
export const controllerNamespaceRules: Rule[] = [
    { apiGroups: ["upgrade.cattle.io"], resources: ["plans", "plans/status"], verbs: [...read, "patch", "update"] },
    {
        apiGroups: ["batch"],
        resources: ["jobs"],
        verbs: [...read, "create", "delete", "deletecollection", "patch", "update"],
    },
    // Those that a plan names; there are none in this namespace.
    { apiGroups: [""], resources: ["secrets"], verbs: read },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
];

/** What a node's job may do: look how far the servers are, and empty its node. */
export const jobRules: Rule[] = [
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "patch"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
    { apiGroups: ["apps"], resources: ["daemonsets", "replicasets", "statefulsets"], verbs: ["get", "list"] },
];

/** What a node's job may do in the plans' namespace. */
export const jobNamespaceRules: Rule[] = [
    { apiGroups: ["upgrade.cattle.io"], resources: ["plans"], verbs: ["get", "list"] },
];
