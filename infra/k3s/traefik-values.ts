/** What a house asks of its ingress controller. */
export interface TraefikNeeds {
    /** Pods, each on a host of its own. */
    readonly replicas: number;
    /**
     * One address that moves to a node with a pod when the one that has it dies (MetalLB's annotation asks for it). Default:
     * requests come to the address of any node, which passes them on to any pod.
     */
    readonly floatingAddress?: string | undefined;
}

/** One of Traefik's ports; only those with `port` are new to the chart. */
interface EntryPoint {
    /** Whether routes that name no door are on this one; where none says so, they are on all. */
    readonly asDefault?: boolean;
    readonly port?: number;
    readonly expose?: { readonly default: boolean };
    readonly exposedPort?: number;
    readonly protocol?: "TCP";
    readonly http?: {
        readonly tls?: { readonly enabled: boolean };
        readonly redirections?: {
            readonly entryPoint: {
                readonly to: string;
                readonly scheme: "https";
                readonly permanent: boolean;
                readonly priority: number;
            };
        };
    };
}

/**
 * The values of Traefik's chart 40 that the house sets; that is the chart of k3s 1.36. It refuses unknown keys, and keys move
 * between its majors: a test holds these against the keys of that version.
 */
export interface TraefikChartValues {
    readonly deployment: {
        readonly replicas: number;
        readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
    };
    readonly podDisruptionBudget: { readonly enabled: boolean; readonly maxUnavailable: number };
    readonly updateStrategy?: {
        readonly rollingUpdate: { readonly maxSurge: number; readonly maxUnavailable: number };
    };
    readonly affinity: object;
    readonly tolerations: readonly object[];
    readonly resources: object;
    readonly providers: { readonly kubernetesCRD: { readonly allowEmptyServices: boolean } };
    readonly ports: Readonly<Record<"web" | "websecure" | "internet", EntryPoint>>;
    readonly service: {
        readonly annotations?: Readonly<Record<string, string>>;
        readonly spec: { readonly externalTrafficPolicy: "Cluster" | "Local" };
    };
    readonly logs: {
        readonly access: {
            readonly enabled: boolean;
            readonly format: "json";
            readonly fields: {
                readonly general: { readonly names: Readonly<Record<string, "drop">> };
                readonly headers: {
                    readonly defaultmode: "drop";
                    readonly names: Readonly<Record<string, "keep">>;
                };
            };
        };
    };
    readonly metrics: {
        readonly prometheus: {
            readonly addRoutersLabels: boolean;
            readonly service: { readonly enabled: boolean };
        };
    };
    readonly additionalArguments: readonly string[];
}

/** Plain http leads to https, unless a route of its own takes the name: any rule is longer than 1, and longer rules win. */
const REDIRECTION = { entryPoint: { to: "websecure", scheme: "https", permanent: false, priority: 1 } } as const;

/**
 * The door that a router may open to the internet. Only routes that name it and ask for a login are on it: with a port
 * forwarded to 443, whoever knows or guesses a name would reach what is meant for the house alone.
 */
const INTERNET = {
    port: 8444,
    expose: { default: true },
    exposedPort: 4443,
    protocol: "TCP",
    http: { tls: { enabled: true } },
} as const;

/** Pure. The figures for changes of endpoints and for hosts without pods are measured. */
export function traefikValues({ replicas, floatingAddress }: TraefikNeeds): TraefikChartValues {
    return {
        deployment: {
            replicas,
            // New connections come until every node knows that this pod ends.
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
        },
        podDisruptionBudget: { enabled: replicas >= 2, maxUnavailable: 1 },
        // Spread replicas have no free host for one more: an old pod goes before a new one comes.
        ...(replicas >= 2 ? { updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } : {}),
        affinity: affinity(replicas),
        tolerations: TOLERATIONS,
        // It was measured at 110 MiB with a house of routes.
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
        // A host without a ready pod answers 503, not 404.
        providers: { kubernetesCRD: { allowEmptyServices: true } },
        ports: {
            web: { asDefault: true, http: { redirections: REDIRECTION } },
            websecure: { asDefault: true },
            internet: INTERNET,
        },
        /*
         * Local: a request goes to a pod of the node that took it, never through the network to one that has just died, and
         * keeps its address. Without an address that moves, the nodes without a pod would refuse.
         */
        service:
            floatingAddress === undefined
                ? { spec: { externalTrafficPolicy: "Cluster" } }
                : {
                      annotations: { "metallb.io/loadBalancerIPs": floatingAddress },
                      spec: { externalTrafficPolicy: "Local" },
                  },
        logs: { access: ACCESS_LOG },
        metrics: { prometheus: { addRoutersLabels: true, service: { enabled: true } } },
        // Not 2 s: a deleted pod is two changes of its endpoints, and the second one waited.
        additionalArguments: ["--providers.providersthrottleduration=100ms"],
    };
}

/** No header but the program's name: cookies and logins are headers. No path: Jellyfin's keys are in its query. */
const ACCESS_LOG = {
    enabled: true,
    format: "json",
    fields: {
        general: { names: { RequestPath: "drop" } },
        headers: { defaultmode: "drop", names: { "User-Agent": "keep" } },
    },
} as const;

const HOST_LABEL = "topology.kubernetes.io/zone";

function affinity(replicas: number): object {
    const known = [{ matchExpressions: [{ key: HOST_LABEL, operator: "Exists" }] }];
    const apart = {
        labelSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
        topologyKey: HOST_LABEL,
    };
    return {
        // A joined board names no host: nobody could say with whom it fails.
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: known } },
        ...(replicas >= 2 ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } } : {}),
    };
}

/** k3s' own, which a value replaces; and away from a dead node after 30 seconds instead of 300. */
const TOLERATIONS = [
    { key: "CriticalAddonsOnly", operator: "Exists" },
    ...["control-plane", "master"].map((role) => ({
        key: `node-role.kubernetes.io/${role}`,
        operator: "Exists",
        effect: "NoSchedule",
    })),
    ...["not-ready", "unreachable"].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 30,
    })),
];
