import type { ResourceFact } from "../../../../policies/model/fact";
import { fact, service, webLabels, workload } from "../../house";

type Props = Readonly<Record<string, unknown>>;

const metadata = (name: string) => ({ name, namespace: "media" });
const serving = {
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
    readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 2, failureThreshold: 2 },
};

/** Two replicas that drain, good unless told otherwise. */
export function drainingPods(container: Props = {}, spec: Props = {}): ResourceFact {
    const { type, props } = workload({ container: { ...serving, ...container } });
    return fact(type, { ...props, spec: { ...Object(props["spec"]), minReadySeconds: 3, ...spec } });
}

/** Traefik's route to the example workload with all that a fail-over needs, unless told otherwise. */
export function route(
    backend: Props = {},
    rule: Props = {},
    more: { readonly annotations?: Props } = {},
): ResourceFact {
    const services = [
        {
            name: "jellyfin",
            port: "http",
            serversTransport: "fast",
            strategy: "p2c",
            passiveHealthCheck: { maxFailedAttempts: 3, failureWindow: "3s" },
            sticky: { cookie: { name: "jellyfin_server_id", httpOnly: true } },
            ...backend,
        },
    ];
    const routes = [
        { kind: "Rule", match: "Host(`tv.home.arpa`)", middlewares: [{ name: "retry" }], services, ...rule },
    ];
    return fact("kubernetes:traefik.io/v1alpha1:IngressRoute", {
        metadata: { ...metadata("jellyfin"), ...more },
        spec: { entryPoints: ["web"], routes },
    });
}

export function retry(attempts: unknown = 5): ResourceFact {
    const spec = { retry: { attempts, initialInterval: "50ms", status: ["502", "504"] } };
    return fact("kubernetes:traefik.io/v1alpha1:Middleware", { metadata: metadata("retry"), spec });
}

export function transport(spec: Props = {}): ResourceFact {
    return fact("kubernetes:traefik.io/v1alpha1:ServersTransport", {
        metadata: metadata("fast"),
        spec: { maxIdleConnsPerHost: -1, forwardingTimeouts: { dialTimeout: "500ms" }, ...spec },
    });
}

/** Kubernetes' own kind of route to a Service. */
export function ingress(backend: Props = { name: "jellyfin", port: { name: "http" } }, host: unknown = "tv.home.arpa") {
    const http = { paths: [{ path: "/", pathType: "Prefix", backend: { service: backend } }] };
    return fact("kubernetes:networking.k8s.io/v1:Ingress", {
        metadata: metadata("jellyfin"),
        spec: { rules: [{ host, http }] },
    });
}

/** The example workload's Service and what it selects, with labels of their own. */
export function component(name: string, spec: Props = {}, extra: Props = {}): readonly ResourceFact[] {
    const labels = { ...webLabels, "app.kubernetes.io/component": name, ...extra };
    return [workload({ labels, replicas: 1 }), service({ selector: labels, ...spec })];
}
