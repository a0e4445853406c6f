import { z } from "zod";

const open = z.record(z.string(), z.unknown());
const texts = z.record(z.string(), z.string());
const list = z.array(z.unknown());
const count = z.int().nonnegative();
const share = z.union([count, z.string()]);

const redirection = z
    .strictObject({ to: z.string(), scheme: z.string(), permanent: z.boolean(), priority: z.int() })
    .partial()
    .required({ to: true });

const entryPoint = z
    .strictObject({
        asDefault: z.boolean(),
        port: count,
        expose: z.strictObject({ default: z.boolean() }).partial(),
        exposedPort: count,
        protocol: z.literal("TCP"),
        http: z
            .strictObject({
                redirections: z.strictObject({ entryPoint: redirection }).partial(),
                tls: z.strictObject({ enabled: z.boolean(), options: z.string() }).partial(),
            })
            .partial(),
        forwardedHeaders: z.strictObject({ trustedIPs: z.array(z.string()), insecure: z.boolean() }).partial(),
    })
    .partial();

const provider = {
    enabled: z.boolean(),
    allowExternalNameServices: z.boolean(),
    allowEmptyServices: z.boolean(),
    ingressClass: z.string(),
    namespaces: z.array(z.string()),
};

const providers = z
    .strictObject({
        kubernetesCRD: z.strictObject({ ...provider, allowCrossNamespace: z.boolean() }).partial(),
        kubernetesIngress: z
            .strictObject({
                ...provider,
                publishedService: z.strictObject({ enabled: z.boolean(), pathOverride: z.string() }).partial(),
            })
            .partial(),
    })
    .partial();

const prometheus = z
    .strictObject({
        addEntryPointsLabels: z.boolean(),
        addRoutersLabels: z.boolean(),
        addServicesLabels: z.boolean(),
        buckets: z.string(),
        service: z.strictObject({ enabled: z.boolean(), labels: texts, annotations: texts }).partial(),
    })
    .partial();

const logMode = z.enum(["keep", "drop", "redact"]);
const logged = z.strictObject({ defaultmode: logMode, names: z.record(z.string(), logMode) }).partial();

/** Values of Traefik's chart 39 and 40 that the lab acts upon; places and kinds are the chart's. */
const VALUES = z
    .strictObject({
        deployment: z
            .strictObject({
                replicas: count,
                terminationGracePeriodSeconds: count,
                minReadySeconds: count,
                annotations: texts,
                labels: texts,
                podAnnotations: texts,
                podLabels: texts,
                lifecycle: open,
            })
            .partial(),
        podDisruptionBudget: z
            .strictObject({ enabled: z.boolean(), maxUnavailable: share, minAvailable: share })
            .partial(),
        updateStrategy: z
            .strictObject({
                type: z.enum(["RollingUpdate", "Recreate"]),
                rollingUpdate: z.strictObject({ maxUnavailable: share, maxSurge: share }).partial(),
            })
            .partial(),
        affinity: open,
        nodeSelector: texts,
        tolerations: list,
        topologySpreadConstraints: list,
        priorityClassName: z.string(),
        resources: open,
        ingressClass: z.strictObject({ enabled: z.boolean(), isDefaultClass: z.boolean() }).partial(),
        providers,
        logs: z
            .strictObject({
                general: z.strictObject({ level: z.string(), format: z.enum(["common", "json"]) }).partial(),
                access: z
                    .strictObject({
                        enabled: z.boolean(),
                        format: z.enum(["common", "genericCLF", "json"]),
                        fields: z.strictObject({ general: logged, headers: logged }).partial(),
                    })
                    .partial(),
            })
            .partial(),
        metrics: z.strictObject({ prometheus: prometheus.nullable() }).partial(),
        ports: z.record(z.string(), entryPoint),
        service: z.strictObject({ annotations: texts, labels: texts, spec: open }).partial(),
        additionalArguments: z.array(z.string()),
    })
    .partial();

export type TraefikValues = z.infer<typeof VALUES>;
export type EntryPointValues = z.infer<typeof entryPoint>;

/** Where older charts had what is elsewhere now: the chart itself refuses these. */
const MOVED: Readonly<Record<string, string>> = {
    "ports.web.redirectTo": "ports.web.http.redirections.entryPoint",
    "ports.web.redirections": "ports.web.http.redirections.entryPoint",
    "ports.websecure.tls": "ports.websecure.http.tls",
};

/**
 * Takes what the lab knows out of a chart's values; pure.
 * @returns with it one sentence for each key that is left out.
 */
export function readTraefikValues(given: unknown): { values: TraefikValues; leftOut: string[] } {
    const leftOut: string[] = [];
    let rest = given;
    for (;;) {
        const read = VALUES.safeParse(rest);
        if (read.success) return { values: read.data, leftOut };
        for (const { path, why } of read.error.issues.flatMap(faults)) {
            leftOut.push(sentence(path.map(String).join("."), why));
            rest = without(rest, path);
        }
    }
}

interface Fault {
    readonly path: readonly PropertyKey[];
    /** What is wrong with the value; `undefined` where it is the key. */
    readonly why: string | undefined;
}

function faults(issue: z.core.$ZodIssue): Fault[] {
    if (issue.code !== "unrecognized_keys") return [{ path: issue.path, why: issue.message }];
    return issue.keys.map((key) => ({ path: [...issue.path, key], why: undefined }));
}

function sentence(path: string, why: string | undefined): string {
    const moved = MOVED[path];
    if (moved !== undefined)
        return `${path} is refused: since chart 39 it is ${moved}, and the chart fails on the old key`;
    if (why !== undefined) return `${path === "" ? "the whole" : path} is refused: ${why}`;
    return `${path} is ignored: the lab's Traefik does not know it`;
}

/** The value less what lies at a path. */
function without(value: unknown, [step, ...below]: readonly PropertyKey[]): unknown {
    if (step === undefined) return {};
    if (Array.isArray(value)) return below.length === 0 ? value.filter((_, index) => index !== step) : value;
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) => {
            if (key !== String(step)) return [[key, inner]];
            return below.length === 0 ? [] : [[key, without(inner, below)]];
        }),
    );
}
