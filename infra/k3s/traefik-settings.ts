import { stringify } from "yaml";
import { traefikValues, type TraefikNeeds } from "./traefik-values";

/** Settings of the Traefik that k3s brings, as a manifest that k3s applies itself. */
export function traefikSettings(needs: TraefikNeeds): string {
    return stringify({
        apiVersion: "helm.cattle.io/v1",
        kind: "HelmChartConfig",
        metadata: { name: "traefik", namespace: "kube-system" },
        spec: {
            valuesContent: stringify(traefikValues(needs)),
            // A change that fails leaves what ran before; the usual `reinstall` would take the Service's address away.
            failurePolicy: "abort",
        },
    });
}
