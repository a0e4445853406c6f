import type { ResourceFact } from "../../policies/model/fact";
import type { Day } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import type { Rule } from "../../policies/model/rule";
import { asInPreview } from "./preview";

type Props = Readonly<Record<string, unknown>>;

/** The day on which the tests' rules are asked. */
export const today: Day = "2027-01-15";

/** An exception's text that holds on that day. */
export function excuse(reason: string, until = "2027-06-30"): string {
    return `${reason}; owner=the house; until=${until}`;
}

/** The labels of the house's example workload, and its selector. */
export const webLabels = { "app.kubernetes.io/name": "jellyfin", "app.kubernetes.io/component": "web" };

/** The labels of every object of the example workload. */
export const objectLabels = {
    ...webLabels,
    "app.kubernetes.io/instance": "jellyfin",
    "app.kubernetes.io/part-of": "media",
    "app.kubernetes.io/managed-by": "pulumi",
};

/** The example workload's container, good as it is. */
export const webContainer = {
    name: "web",
    image: "docker.io/jellyfin/jellyfin:10.11.7",
    ports: [{ name: "http", containerPort: 8096 }],
    resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "4Gi" } },
    startupProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { httpGet: { path: "/ping", port: "http" }, periodSeconds: 10, failureThreshold: 6 },
    securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
    },
};

export function fact(type: string, props: Props): ResourceFact {
    const name = "example";
    return { type, name, urn: `urn:pulumi:dev::homelab::${type}::${name}`, props, opts: {} };
}

/** The same resource with options, as the engine or a captured graph has them. */
export function withOptions(from: ResourceFact, opts: ResourceFact["opts"], name = from.name): ResourceFact {
    const urn = `${from.urn.slice(0, from.urn.lastIndexOf("::"))}::${name}`;
    return { ...from, name, urn, opts };
}

/** A required spread over hosts for the example workload, on nodes that say which one they are on. */
export function overHosts(term: Props = {}): Props {
    const required = { topologyKey: "topology.kubernetes.io/zone", labelSelector: { matchLabels: webLabels }, ...term };
    const nodeSelectorTerms = [{ matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "Exists" }] }];
    return {
        affinity: {
            nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
            podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [required] },
        },
    };
}

interface Parts {
    readonly type?: string;
    readonly name?: string;
    readonly replicas?: unknown;
    readonly labels?: unknown;
    readonly namespace?: unknown;
    readonly annotations?: unknown;
    readonly container?: Props;
    readonly pod?: Props;
}

/** The example workload, good unless told otherwise: two replicas on two hosts, one port with its probes, a pinned image, no privileges. */
export function workload(parts: Parts = {}): ResourceFact {
    const pod = {
        serviceAccountName: "jellyfin",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        ...overHosts(),
        containers: [{ ...webContainer, ...parts.container }],
    };
    return fact(parts.type ?? "kubernetes:apps/v1:StatefulSet", {
        metadata: {
            name: parts.name ?? "jellyfin",
            namespace: parts.namespace ?? "media",
            labels: objectLabels,
            ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
        },
        spec: {
            replicas: parts.replicas ?? 2,
            selector: { matchLabels: parts.labels ?? webLabels },
            template: { metadata: { labels: parts.labels ?? objectLabels }, spec: { ...pod, ...parts.pod } },
        },
    });
}

/** The example workload's Service, good unless told otherwise. */
export function service(spec: Props = {}, metadata: Props = {}): ResourceFact {
    return fact("kubernetes:core/v1:Service", {
        metadata: { name: "jellyfin", namespace: "media", labels: objectLabels, ...metadata },
        spec: { selector: webLabels, ports: [{ name: "http", port: 80, targetPort: "http" }], ...spec },
    });
}

/** The disruption budget of the example workload, good unless told otherwise. */
export function budget(spec: Props = {}): ResourceFact {
    return fact("kubernetes:policy/v1:PodDisruptionBudget", {
        metadata: { name: "jellyfin", namespace: "media" },
        spec: { maxUnavailable: 1, selector: { matchLabels: webLabels }, ...spec },
    });
}

/** The network policy of the example workload, good unless told otherwise. */
export function networkPolicy(spec: Props = {}): ResourceFact {
    return fact("kubernetes:networking.k8s.io/v1:NetworkPolicy", {
        metadata: { name: "jellyfin", namespace: "media" },
        spec: { podSelector: { matchLabels: webLabels }, policyTypes: ["Ingress", "Egress"], ...spec },
    });
}

export function namespace(name = "media", labels: Props = {}): ResourceFact {
    const level = { "pod-security.kubernetes.io/enforce": "baseline" };
    return fact("kubernetes:core/v1:Namespace", { metadata: { name, labels: { ...level, ...labels } } });
}

/** A machine of the cluster on a host, an agent without a GPU unless told otherwise. */
export function machine(nodeName: string, props: Props = {}): ResourceFact {
    const tags = ["agent", "homelab", "k3s"];
    return fact("proxmoxve:index/vmLegacy:VmLegacy", { nodeName, machine: "q35", bios: "seabios", tags, ...props });
}

/** What else a house has around the example workload and its Service, so that no rule misses anything. */
export function surroundings(): readonly ResourceFact[] {
    return [namespace(), budget(), networkPolicy()];
}

/** What one rule says of a graph: the captured form and the one that the SDK's proxy guards must agree. */
export function judge(rule: Rule, ...facts: readonly ResourceFact[]): { messages: string[]; unchecked: string[] } {
    const captured = verdict(rule, facts);
    const guarded = verdict(
        rule,
        facts.map((entry) => ({ ...entry, props: asInPreview(entry.props) })),
    );
    if (JSON.stringify(captured) !== JSON.stringify(guarded)) {
        throw new Error(`the forms differ: ${JSON.stringify({ captured, guarded }, undefined, 2)}`);
    }
    return captured;
}

function verdict(rule: Rule, facts: readonly ResourceFact[]): { messages: string[]; unchecked: string[] } {
    const { violations, notChecked, broken } = checkAll([rule], facts, today);
    if (broken[0]) throw new Error(broken[0].message);
    return {
        messages: violations.map(({ message }) => message),
        unchecked: notChecked.map(({ keys }) => keys.join(".")),
    };
}
