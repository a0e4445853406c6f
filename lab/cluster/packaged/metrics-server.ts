import type { KubeObject } from "../../kube/client";
import {
    clusterRole,
    clusterRoleBinding,
    RBAC,
    READ,
    serviceAccount,
    SYSTEM_NAMESPACE,
    SYSTEM_TOLERATIONS,
    systemObject,
} from "./workload";

const NAME = "metrics-server";
const LABELS = { "k8s-app": NAME };

/** metrics-server as k3s packages it (`k3s-io/k3s:manifests/metrics-server/`), but for the API that it serves. */
export function metricsServerObjects(): KubeObject[] {
    return [
        serviceAccount(NAME),
        ...clusterRole("system:metrics-server", NAME, [
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            { apiGroups: [""], resources: ["pods", "nodes", "namespaces"], verbs: READ },
        ]),
        clusterRoleBinding("metrics-server:system:auth-delegator", "system:auth-delegator", NAME),
        systemObject(RBAC, "RoleBinding", "metrics-server-auth-reader", {
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "Role",
                name: "extension-apiserver-authentication-reader",
            },
            subjects: [{ kind: "ServiceAccount", name: NAME, namespace: SYSTEM_NAMESPACE }],
        }),
        metricsReader(),
        systemObject("apps/v1", "Deployment", NAME, { labels: LABELS, spec: deploymentSpec() }),
        systemObject("v1", "Service", NAME, {
            labels: { "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "Metrics-server" },
            spec: { selector: LABELS, ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https" }] },
        }),
    ];
}

/**
 * The API that metrics-server serves. An API that nobody answers for makes every discovery an error, and no namespace
 * can then be deleted: it may be there only where metrics-server really runs.
 */
export function metricsApi(): KubeObject {
    return {
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: "v1beta1.metrics.k8s.io" },
        spec: {
            service: { name: NAME, namespace: SYSTEM_NAMESPACE },
            group: "metrics.k8s.io",
            version: "v1beta1",
            insecureSkipTLSVerify: true,
            groupPriorityMinimum: 100,
            versionPriority: 100,
        },
    };
}

/** Lets whoever may view, edit or administrate a namespace read its metrics. */
function metricsReader(): KubeObject {
    const labels = Object.fromEntries(
        ["view", "edit", "admin"].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "true"]),
    );
    const rules = [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: READ }];
    const metadata = { name: "system:aggregated-metrics-reader", labels };
    return { apiVersion: RBAC, kind: "ClusterRole", metadata, rules };
}

function deploymentSpec() {
    return {
        revisionHistoryLimit: 0,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: LABELS },
        template: {
            metadata: { labels: LABELS },
            spec: {
                priorityClassName: "system-node-critical",
                serviceAccountName: NAME,
                tolerations: SYSTEM_TOLERATIONS,
                containers: [container()],
                volumes: [{ name: "tmp-dir", emptyDir: {} }],
            },
        },
    };
}

function container() {
    const probe = (path: string) => ({
        httpGet: { path, port: "https", scheme: "HTTPS" },
        ...{ periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 3 },
    });
    return {
        name: NAME,
        image: "rancher/mirrored-metrics-server:v0.8.1",
        imagePullPolicy: "IfNotPresent",
        args: [
            "--cert-dir=/tmp",
            "--secure-port=10250",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            // The lab's kubelets sign for themselves; k3s' are signed by its own CA.
            "--kubelet-insecure-tls",
            "--metric-resolution=15s",
        ],
        resources: { requests: { cpu: "100m", memory: "70Mi" } },
        ports: [{ name: "https", containerPort: 10250, protocol: "TCP" }],
        livenessProbe: { ...probe("/livez"), initialDelaySeconds: 60, periodSeconds: 10 },
        readinessProbe: probe("/readyz"),
        securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            runAsUser: 1000,
            seccompProfile: { type: "RuntimeDefault" },
        },
        volumeMounts: [{ name: "tmp-dir", mountPath: "/tmp" }],
    };
}
