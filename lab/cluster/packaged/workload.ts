import type { KubeObject } from "../../kube/client";

export const SYSTEM_NAMESPACE = "kube-system";
export const RBAC = "rbac.authorization.k8s.io/v1";

/** Taints that k3s' own parts bear: they run before anything else does, and on servers. */
export const SYSTEM_TOLERATIONS = [
    { key: "CriticalAddonsOnly", operator: "Exists" },
    { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
    { key: "node-role.kubernetes.io/master", operator: "Exists", effect: "NoSchedule" },
];

/** Labels or annotations. */
type Labels = Record<string, string>;

/** A rule of a role. */
export interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
}

export const READ = ["get", "list", "watch"];
export const FOLLOW = ["list", "watch"];

/** Fields of an object beside its name; labels and annotations are those of its metadata. */
export interface Fields {
    readonly labels?: Labels;
    readonly annotations?: Labels;
    readonly [field: string]: unknown;
}

/** An object of the namespace `kube-system`. */
export function systemObject(apiVersion: string, kind: string, name: string, fields: Fields): KubeObject {
    const { labels, annotations, ...rest } = fields;
    const described = { ...(labels && { labels }), ...(annotations && { annotations }) };
    return { apiVersion, kind, metadata: { name, namespace: SYSTEM_NAMESPACE, ...described }, ...rest };
}

export function serviceAccount(name: string): KubeObject {
    return systemObject("v1", "ServiceAccount", name, {});
}

/** A role of the whole cluster and its grant to one ServiceAccount of `kube-system`. */
export function clusterRole(name: string, account: string, rules: readonly Rule[]): KubeObject[] {
    const role = { apiVersion: RBAC, kind: "ClusterRole", metadata: { name }, rules };
    return [role, clusterRoleBinding(name, name, account)];
}

export function clusterRoleBinding(name: string, role: string, account: string): KubeObject {
    return {
        apiVersion: RBAC,
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", name: account, namespace: SYSTEM_NAMESPACE }],
    };
}
