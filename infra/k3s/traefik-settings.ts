import { stringify } from "yaml";

/**
 * Settings of the Traefik that k3s brings, as a manifest that k3s applies itself. A change of endpoints is passed on
 * after 100 ms instead of 2 s: a deleted pod is two changes, and the second one waited. A host without a ready pod
 * answers 503, not 404. Measured; keys are those of chart 39 and 40.
 */
export function traefikSettings(replicas: number): string {
    const spread = {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                {
                    labelSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
                    topologyKey: "topology.kubernetes.io/zone",
                },
            ],
        },
    };
    const values = {
        deployment: { replicas },
        podDisruptionBudget: { enabled: replicas >= 2, maxUnavailable: 1 },
        ...(replicas >= 2
            ? { affinity: spread, updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }
            : {}),
        providers: { kubernetesCRD: { allowEmptyServices: true } },
        additionalArguments: ["--providers.providersthrottleduration=100ms"],
    };
    return stringify({
        apiVersion: "helm.cattle.io/v1",
        kind: "HelmChartConfig",
        metadata: { name: "traefik", namespace: "kube-system" },
        spec: { valuesContent: stringify(values) },
    });
}
