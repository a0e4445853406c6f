import type { KubeObject } from "../../kube/client";
import { isRecord, textOf, valueAt } from "../../plain-values";
import { textsAt } from "../values";
import { labelsOf, MEMBERLIST_VARIABLE, memberlistSecret, selectorOf, type MetalLbRelease, type Part } from "./names";

const METRICS_PORT = 9120;
const HEALTH_PORT = 17472;
const MEMBERLIST_PORT = 7946;
const MEMBERLIST_FOLDER = "/etc/ml_secret_key";
/** Links that no address is announced on: those of containers and of virtual networks. */
const UNANNOUNCED = [
    ...["^docker.*", "^cbr.*", "^dummy.*", "^virbr.*", "^lxcbr.*", "^veth.*", "^lo$", "^cali.*", "^tunl.*"],
    ...["^flannel.*", "^kube-ipvs.*", "^cni.*", "^nodelocaldns.*", "^lxc.*"],
];
const UNANNOUNCED_MAP = "metallb-excludel2";

/** The controller, which gives addresses and answers webhooks. */
export function controller(release: MetalLbRelease): KubeObject {
    const { name } = release;
    return workload(release, "controller", "Deployment", {
        securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534 },
        containers: [
            {
                ...container(release, "controller"),
                args: [...args(release, "controller"), "--webhook-mode=enabled"],
                env: [
                    fromField("METALLB_POD_NAME", "metadata.name"),
                    { name: MEMBERLIST_VARIABLE, value: memberlistSecret(release) },
                    { name: "METALLB_DEPLOYMENT", value: `${name}-controller` },
                ],
                ports: [
                    { name: "metricshttps", containerPort: METRICS_PORT },
                    { name: "webhook-server", containerPort: 9443, protocol: "TCP" },
                ],
                volumeMounts: [{ name: "cert", mountPath: "/tmp/k8s-webhook-server/serving-certs", readOnly: true }],
            },
        ],
        volumes: [{ name: "cert", secret: { secretName: "metallb-webhook-cert", defaultMode: 0o644 } }],
    });
}

/** The speakers, one a node: one of them answers for an address in the network of the nodes. */
export function speaker(release: MetalLbRelease): KubeObject {
    return workload(release, "speaker", "DaemonSet", {
        hostNetwork: true,
        containers: [
            {
                ...container(release, "speaker", ["NET_RAW"]),
                args: args(release, "speaker"),
                env: [
                    fromField("METALLB_NODE_NAME", "spec.nodeName"),
                    fromField("METALLB_HOST", "status.hostIP"),
                    fromField("METALLB_ML_BIND_ADDR", "status.podIP"),
                    {
                        name: "METALLB_ML_LABELS",
                        value: "app.kubernetes.io/name=metallb,app.kubernetes.io/component=speaker",
                    },
                    { name: "METALLB_ML_BIND_PORT", value: String(MEMBERLIST_PORT) },
                    { name: "METALLB_ML_SECRET_KEY_PATH", value: MEMBERLIST_FOLDER },
                    fromField("METALLB_POD_NAME", "metadata.name"),
                ],
                ports: [
                    { name: "metricshttps", containerPort: METRICS_PORT },
                    { name: "memberlist-tcp", containerPort: MEMBERLIST_PORT, protocol: "TCP" },
                    { name: "memberlist-udp", containerPort: MEMBERLIST_PORT, protocol: "UDP" },
                ],
                volumeMounts: [
                    { name: "memberlist-config", mountPath: "/etc/metallb/memberlist", readOnly: true },
                    { name: "memberlist", mountPath: MEMBERLIST_FOLDER },
                    { name: UNANNOUNCED_MAP, mountPath: "/etc/metallb" },
                ],
            },
        ],
        volumes: [
            { name: "memberlist", secret: { secretName: memberlistSecret(release), defaultMode: 0o644 } },
            { name: UNANNOUNCED_MAP, configMap: { name: UNANNOUNCED_MAP, defaultMode: 0o400 } },
            { name: "memberlist-config", configMap: { name: "metallb-memberlist-config", optional: true } },
        ],
    });
}

export function unannouncedInterfaces(release: MetalLbRelease): KubeObject {
    const lines = UNANNOUNCED.map((pattern) => `- ${pattern}\n`).join("");
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: UNANNOUNCED_MAP, labels: labelsOf(release) },
        data: { "excludel2.yaml": `announcedInterfacesToExclude:\n${lines}` },
    };
}

function workload(release: MetalLbRelease, part: Part, kind: "Deployment" | "DaemonSet", pod: object): KubeObject {
    const given = (path: string) => valueAt(release.values, `${part}.${path}`);
    const tolerations = tolerationsOf(release, part);
    const [affinity, priority] = [given("affinity"), textOf(given("priorityClassName"))];
    return {
        apiVersion: "apps/v1",
        kind,
        metadata: { name: `${release.name}-${part}`, labels: labelsOf(release, part) },
        spec: {
            [kind === "Deployment" ? "strategy" : "updateStrategy"]: { type: "RollingUpdate" },
            selector: { matchLabels: selectorOf(release, part) },
            template: {
                metadata: { labels: selectorOf(release, part) },
                spec: {
                    ...pod,
                    serviceAccountName: `${release.name}-${part}`,
                    terminationGracePeriodSeconds: 0,
                    nodeSelector: textsAt(release.values, `${part}.nodeSelector`, { "kubernetes.io/os": "linux" }),
                    ...(isRecord(affinity) && { affinity }),
                    ...(tolerations.length > 0 && { tolerations }),
                    ...(priority && { priorityClassName: priority }),
                },
            },
        },
    };
}

function tolerationsOf({ values }: MetalLbRelease, part: Part): readonly unknown[] {
    const given = valueAt(values, `${part}.tolerations`);
    const server = (role: string) => ({
        ...{ key: `node-role.kubernetes.io/${role}`, effect: "NoSchedule", operator: "Exists" },
    });
    const bears = part === "speaker" && valueAt(values, "speaker.tolerateMaster") !== false;
    return [
        ...(bears ? [server("master"), server("control-plane")] : []),
        ...(Array.isArray(given) ? (given as unknown[]) : []),
    ];
}

function container({ values, appVersion }: MetalLbRelease, part: Part, add: readonly string[] = []) {
    const resources = valueAt(values, `${part}.resources`);
    // A speaker's port is its node's: it listens on the loopback address only.
    const get = (path: string) => ({
        httpGet: { path, port: HEALTH_PORT, ...(part === "speaker" && { host: "127.0.0.1" }) },
        ...{ initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 },
    });
    return {
        name: part,
        image: `quay.io/metallb/${part}:${appVersion}`,
        livenessProbe: get("/healthz"),
        readinessProbe: get("/readyz"),
        ...(isRecord(resources) && { resources }),
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"], ...(add.length > 0 && { add }) },
        },
    };
}

function args({ values }: MetalLbRelease, part: Part): string[] {
    const level = valueAt(values, `${part}.logLevel`) ?? "info";
    const loadBalancerClass = textOf(valueAt(values, "loadBalancerClass"));
    return [
        `--port=${METRICS_PORT}`,
        `--log-level=${textOf(level)}`,
        ...(loadBalancerClass ? [`--lb-class=${loadBalancerClass}`] : []),
    ];
}

function fromField(name: string, fieldPath: string) {
    return { name, valueFrom: { fieldRef: { fieldPath } } };
}
