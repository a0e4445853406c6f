import type { EntryPointValues, TraefikValues } from "./traefik-values";

/** Ports that Traefik listens on in its pod, and those of its Service. */
export const ENTRY_POINTS = {
    web: { port: 8000, exposedPort: 80 },
    websecure: { port: 8443, exposedPort: 443 },
    /** Ping and the dashboard; not in the Service. */
    traefik: { port: 8080, exposedPort: 8080 },
    metrics: { port: 9100, exposedPort: 9100 },
} as const;

/** Traefik's command line as its chart 39 and 40 write it, for 3.6 and 3.7; pure. */
export function traefikArguments(values: TraefikValues): string[] {
    const { logs } = values;
    return [
        // The lab's own: nothing of it asks the internet for a newer version.
        "--global.checkNewVersion=false",
        ...Object.entries(ENTRY_POINTS).map(([name, { port }]) => `--entryPoints.${name}.address=:${port}/tcp`),
        "--api.dashboard=true",
        "--ping=true",
        ...metricsArguments(values),
        ...crdArguments(values),
        ...ingressArguments(values),
        ...entryPointArguments("web", values.ports?.web, false, values),
        ...entryPointArguments("websecure", values.ports?.websecure, true, values),
        ...(logs?.general?.format ? [`--log.format=${logs.general.format}`] : []),
        `--log.level=${(logs?.general?.level ?? "INFO").toUpperCase()}`,
        ...(logs?.access?.enabled ? ["--accesslog=true"] : []),
        ...(logs?.access?.enabled && logs.access.format ? [`--accesslog.format=${logs.access.format}`] : []),
        ...(values.additionalArguments ?? []),
    ];
}

/** Port of the Service for an entry point. */
export function exposedPort(name: "web" | "websecure", values: TraefikValues): number {
    return values.ports?.[name]?.exposedPort ?? ENTRY_POINTS[name].exposedPort;
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

function entryPointArguments(
    name: "web" | "websecure",
    port: EntryPointValues | undefined,
    tlsByDefault: boolean,
    values: TraefikValues,
): string[] {
    const to = port?.http?.redirections?.entryPoint;
    const { tls } = port?.http ?? {};
    const { trustedIPs, insecure } = port?.forwardedHeaders ?? {};
    const point = `entryPoints.${name}`;
    const redirection = `${point}.http.redirections.entryPoint`;
    return [
        ...(to ? [`--${redirection}.to=${target(to.to, values)}`] : []),
        ...(to ? flags(redirection, { scheme: to.scheme, priority: to.priority, permanent: to.permanent }) : []),
        ...((tls?.enabled ?? tlsByDefault) ? [`--${point}.http.tls=true`] : []),
        ...((tls?.enabled ?? tlsByDefault) ? flags(`${point}.http.tls`, { options: tls?.options }) : []),
        ...flags(`${point}.forwardedHeaders`, { trustedIPs: trustedIPs?.join(","), insecure }),
    ];
}

/** A redirection leads to the port that the outside sees, not to the one in the pod. */
function target(name: string, values: TraefikValues): string {
    return name === "web" || name === "websecure" ? `:${exposedPort(name, values)}` : name;
}

/** One flag for each value that is there; an empty text is none. */
function flags(path: string, values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
    return Object.entries(values).flatMap(([name, value]) =>
        value === undefined || value === "" ? [] : [`--${path}.${name}=${value}`],
    );
}
