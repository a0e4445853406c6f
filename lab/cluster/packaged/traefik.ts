import type { KubeObject } from "../../kube/client";
import { ENTRY_POINTS, entryPoints, traefikArguments } from "./traefik-arguments";
import type { TraefikValues } from "./traefik-values";
import { clusterRole, READ, serviceAccount, FOLLOW, SYSTEM_TOLERATIONS, systemObject } from "./workload";

const NAME = "traefik";
const SELECTOR = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": `${NAME}-kube-system` };
const LABELS = { ...SELECTOR, "app.kubernetes.io/managed-by": "Helm" };

/** Traefik as k3s 1.36 packages it: chart 39 and 40 with k3s' values, and these over them; pure. */
export function traefikObjects(values: TraefikValues): KubeObject[] {
    return [
        serviceAccount(NAME),
        ...clusterRole(`${NAME}-kube-system`, NAME, [
            { apiGroups: [""], resources: ["configmaps", "nodes", "services", "secrets"], verbs: READ },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: FOLLOW },
            { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
            { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: READ },
            { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
            { apiGroups: ["traefik.io"], resources: DEFINED, verbs: READ },
        ]),
        systemObject("apps/v1", "Deployment", NAME, {
            labels: { ...LABELS, ...values.deployment?.labels },
            annotations: values.deployment?.annotations ?? {},
            spec: deploymentSpec(values),
        }),
        service(values),
        ...OPTIONAL.filter(({ wanted }) => wanted(values)).map(({ object }) => object(values)),
    ];
}

/** Objects that these values ask not to be there. */
export function unwantedTraefikObjects(values: TraefikValues): KubeObject[] {
    return OPTIONAL.filter(({ wanted }) => !wanted(values)).map(({ object }) => object(values));
}

/** Kinds of `traefik.io`. */
const DEFINED = [
    ...["ingressroutes", "ingressroutetcps", "ingressrouteudps", "middlewares", "middlewaretcps", "serverstransports"],
    ...["serverstransporttcps", "tlsoptions", "tlsstores", "traefikservices"],
];

interface OptionalObject {
    readonly wanted: (values: TraefikValues) => boolean;
    readonly object: (values: TraefikValues) => KubeObject;
}

const OPTIONAL: readonly OptionalObject[] = [
    { wanted: (values) => values.ingressClass?.enabled !== false, object: ingressClass },
    { wanted: (values) => values.podDisruptionBudget?.enabled === true, object: disruptionBudget },
    { wanted: (values) => values.metrics?.prometheus?.service?.enabled === true, object: metricsService },
];

function ingressClass(values: TraefikValues): KubeObject {
    const isDefault = String(values.ingressClass?.isDefaultClass ?? true);
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: {
            name: NAME,
            labels: LABELS,
            annotations: { "ingressclass.kubernetes.io/is-default-class": isDefault },
        },
        spec: { controller: "traefik.io/ingress-controller" },
    };
}

function disruptionBudget({ podDisruptionBudget }: TraefikValues): KubeObject {
    const { maxUnavailable, minAvailable } = podDisruptionBudget ?? {};
    return systemObject("policy/v1", "PodDisruptionBudget", NAME, {
        labels: LABELS,
        spec: {
            selector: { matchLabels: SELECTOR },
            ...(maxUnavailable !== undefined && { maxUnavailable }),
            ...(minAvailable !== undefined && { minAvailable }),
        },
    });
}

function metricsService({ metrics }: TraefikValues): KubeObject {
    const { labels, annotations } = metrics?.prometheus?.service ?? {};
    return systemObject("v1", "Service", `${NAME}-metrics`, {
        labels: { ...LABELS, "app.kubernetes.io/component": "metrics", ...labels },
        annotations: annotations ?? {},
        spec: {
            selector: SELECTOR,
            ports: [{ name: "metrics", port: 9100, targetPort: "metrics", protocol: "TCP" }],
        },
    });
}

function service(values: TraefikValues): KubeObject {
    const { annotations, labels, spec } = values.service ?? {};
    const ports = entryPoints(values)
        .filter(({ exposed }) => exposed)
        .map(({ name, exposedPort }) => ({ name, port: exposedPort, targetPort: name, protocol: "TCP" }));
    return systemObject("v1", "Service", NAME, {
        labels: { ...LABELS, ...labels },
        annotations: annotations ?? {},
        // The chart, too, keeps these three for itself.
        spec: { ipFamilyPolicy: "PreferDualStack", ...spec, type: "LoadBalancer", selector: SELECTOR, ports },
    });
}

function deploymentSpec(values: TraefikValues) {
    const { deployment, updateStrategy } = values;
    const type = updateStrategy?.type ?? "RollingUpdate";
    const rollingUpdate = { maxUnavailable: 0, maxSurge: 1, ...updateStrategy?.rollingUpdate };
    return {
        replicas: deployment?.replicas ?? 1,
        minReadySeconds: deployment?.minReadySeconds ?? 0,
        strategy: type === "RollingUpdate" ? { type, rollingUpdate } : { type },
        selector: { matchLabels: SELECTOR },
        template: {
            metadata: { labels: { ...LABELS, ...deployment?.podLabels }, annotations: podAnnotations(values) },
            spec: podSpec(values),
        },
    };
}

function podAnnotations({ deployment, metrics }: TraefikValues): Record<string, string> {
    const scrape = { "prometheus.io/port": "9100", "prometheus.io/scrape": "true", "prometheus.io/path": "/metrics" };
    return { ...(metrics?.prometheus === null ? {} : scrape), ...deployment?.podAnnotations };
}

function podSpec(values: TraefikValues) {
    const { affinity, nodeSelector, topologySpreadConstraints } = values;
    return {
        serviceAccountName: NAME,
        priorityClassName: values.priorityClassName ?? "system-cluster-critical",
        terminationGracePeriodSeconds: values.deployment?.terminationGracePeriodSeconds ?? 60,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 },
        tolerations: values.tolerations ?? SYSTEM_TOLERATIONS,
        ...(affinity && { affinity }),
        ...(nodeSelector && { nodeSelector }),
        ...(topologySpreadConstraints && { topologySpreadConstraints }),
        containers: [container(values)],
        volumes: ["data", "tmp"].map((name) => ({ name, emptyDir: {} })),
    };
}

function container(values: TraefikValues) {
    const ping = { httpGet: { path: "/ping", port: ENTRY_POINTS.traefik.port, scheme: "HTTP" } };
    const times = { initialDelaySeconds: 2, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 2 };
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const lifecycle = values.deployment?.lifecycle;
    return {
        name: NAME,
        image: "rancher/mirrored-library-traefik:3.7.4",
        imagePullPolicy: "IfNotPresent",
        args: traefikArguments(values),
        env: [field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace")],
        resources: values.resources ?? {},
        ...(lifecycle && { lifecycle }),
        ports: entryPoints(values).map(({ name, port }) => ({ name, containerPort: port, protocol: "TCP" })),
        readinessProbe: { ...ping, ...times, failureThreshold: 1 },
        livenessProbe: { ...ping, ...times, failureThreshold: 3 },
        securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
        },
        volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "tmp", mountPath: "/tmp" },
        ],
    };
}
