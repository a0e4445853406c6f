import type { EntryPointValues, TraefikValues } from "./traefik-values";

/** The chart's own ports: those that Traefik listens on in its pod, and those of its Service. */
export const ENTRY_POINTS = {
    web: { port: 8000, exposedPort: 80, exposed: true, tls: false },
    websecure: { port: 8443, exposedPort: 443, exposed: true, tls: true },
    /** Ping and the dashboard. */
    traefik: { port: 8080, exposedPort: 8080, exposed: false, tls: false },
    metrics: { port: 9100, exposedPort: 9100, exposed: false, tls: false },
} as const;

export interface EntryPoint {
    readonly name: string;
    /** In the pod. */
    readonly port: number;
    readonly exposedPort: number;
    /** Whether it is in the Service. */
    readonly exposed: boolean;
    /** Whether it speaks TLS unless its values say otherwise. */
    readonly tls: boolean;
    readonly values: EntryPointValues | undefined;
}

/** The chart's ports and those that the values add, as both say together. */
export function entryPoints({ ports = {} }: TraefikValues): EntryPoint[] {
    const own = Object.entries(ENTRY_POINTS).map(([name, defaults]) => ({ name, ...defaults }));
    const added = Object.entries(ports).flatMap(([name, { port }]) =>
        port === undefined || name in ENTRY_POINTS
            ? []
            : [{ name, port, exposedPort: port, exposed: false, tls: false }],
    );
    return [...own, ...added].map((point) => {
        const values = ports[point.name];
        return {
            ...point,
            values,
            exposedPort: values?.exposedPort ?? point.exposedPort,
            exposed: values?.expose?.default ?? point.exposed,
        };
    });
}

/** Traefik's command line as its chart 39 and 40 write it, for 3.6 and 3.7; pure. */
export function traefikArguments(values: TraefikValues): string[] {
    const { logs } = values;
    const points = entryPoints(values);
    return [
        // The lab's own: nothing of it asks the internet for a newer version.
        "--global.checkNewVersion=false",
        ...points.map(({ name, port }) => `--entryPoints.${name}.address=:${port}/tcp`),
        "--api.dashboard=true",
        "--ping=true",
        ...metricsArguments(values),
        ...crdArguments(values),
        ...ingressArguments(values),
        ...points.flatMap((point) => entryPointArguments(point, points)),
        ...(logs?.general?.format ? [`--log.format=${logs.general.format}`] : []),
        `--log.level=${(logs?.general?.level ?? "INFO").toUpperCase()}`,
        ...accessLogArguments(values),
        ...(values.additionalArguments ?? []),
    ];
}

function accessLogArguments({ logs }: TraefikValues): string[] {
    const { enabled, format, fields } = logs?.access ?? {};
    if (!enabled) return [];
    return [
        "--accesslog=true",
        ...flags("accesslog", { format }),
        ...flags("accesslog.fields", { defaultmode: fields?.general?.defaultmode ?? "keep" }),
        ...flags("accesslog.fields.names", fields?.general?.names ?? {}),
        ...flags("accesslog.fields.headers", { defaultmode: fields?.headers?.defaultmode ?? "drop" }),
        ...flags("accesslog.fields.headers.names", fields?.headers?.names ?? {}),
    ];
}

function metricsArguments({ metrics }: TraefikValues): string[] {
    if (metrics?.prometheus === null) return [];
    const { addEntryPointsLabels, addRoutersLabels, addServicesLabels, buckets } = metrics?.prometheus ?? {};
    return [
        "--metrics.prometheus=true",
        "--metrics.prometheus.entrypoint=metrics",
        ...flags("metrics.prometheus", { addEntryPointsLabels, addRoutersLabels, addServicesLabels, buckets }),
    ];
}

function crdArguments({ providers }: TraefikValues): string[] {
    const { enabled = true, namespaces, allowEmptyServices = true, ...rest } = providers?.kubernetesCRD ?? {};
    if (!enabled) return [];
    const { allowCrossNamespace, allowExternalNameServices, ingressClass } = rest;
    return [
        "--providers.kubernetescrd",
        ...flags("providers.kubernetescrd", { allowCrossNamespace, allowExternalNameServices, ingressClass }),
        ...flags("providers.kubernetescrd", { allowEmptyServices, namespaces: namespaces?.join(",") }),
    ];
}

function ingressArguments({ providers }: TraefikValues): string[] {
    const { enabled = true, namespaces, allowEmptyServices = true, ...rest } = providers?.kubernetesIngress ?? {};
    if (!enabled) return [];
    const { allowExternalNameServices, ingressClass, publishedService } = rest;
    const service = publishedService?.pathOverride ?? "kube-system/traefik";
    return [
        "--providers.kubernetesingress",
        ...flags("providers.kubernetesingress", { allowExternalNameServices, allowEmptyServices, ingressClass }),
        ...flags("providers.kubernetesingress", { namespaces: namespaces?.join(",") }),
        ...(publishedService?.enabled === false
            ? []
            : [`--providers.kubernetesingress.ingressendpoint.publishedservice=${service}`]),
    ];
}

function entryPointArguments({ name, tls: tlsByDefault, values }: EntryPoint, all: readonly EntryPoint[]): string[] {
    const to = values?.http?.redirections?.entryPoint;
    const { tls } = values?.http ?? {};
    const { trustedIPs, insecure } = values?.forwardedHeaders ?? {};
    const point = `entryPoints.${name}`;
    const redirection = `${point}.http.redirections.entryPoint`;
    return [
        ...(values?.asDefault ? [`--${point}.asDefault=true`] : []),
        ...(to ? [`--${redirection}.to=${target(to.to, all)}`] : []),
        ...(to ? flags(redirection, { scheme: to.scheme, priority: to.priority, permanent: to.permanent }) : []),
        ...((tls?.enabled ?? tlsByDefault) ? [`--${point}.http.tls=true`] : []),
        ...((tls?.enabled ?? tlsByDefault) ? flags(`${point}.http.tls`, { options: tls?.options }) : []),
        ...flags(`${point}.forwardedHeaders`, { trustedIPs: trustedIPs?.join(","), insecure }),
    ];
}

/** A redirection leads to the port that the outside sees, not to the one in the pod. */
function target(name: string, all: readonly EntryPoint[]): string {
    const point = all.find((each) => each.name === name);
    return point ? `:${point.exposedPort}` : name;
}

/** One flag for each value that is there; an empty text is none. */
function flags(path: string, values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
    return Object.entries(values).flatMap(([name, value]) =>
        value === undefined || value === "" ? [] : [`--${path}.${name}=${value}`],
    );
}
