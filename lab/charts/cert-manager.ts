import { valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/cert-manager.json";
import { definition, deployment } from "./objects";
import { checkValues } from "./values";

const DEFINITIONS = [
    ["Certificate", "certificates", "Namespaced"],
    ["CertificateRequest", "certificaterequests", "Namespaced"],
    ["Issuer", "issuers", "Namespaced"],
    ["ClusterIssuer", "clusterissuers", "Cluster"],
] as const;

/** cert-manager: its definitions and its pods; nothing is issued. */
export const certManager: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const image = (part: string) => `quay.io/jetstack/cert-manager-${part}:${keys.appVersion}`;
        const enabled = valueAt(values, "crds.enabled") === true || valueAt(values, "installCRDs") === true;
        return {
            crds: enabled
                ? DEFINITIONS.map(([kind, plural, scope]) => definition("cert-manager.io", "v1", kind, plural, scope))
                : [],
            objects: [
                deployment({ name: "cert-manager", image: image("controller") }),
                deployment({ name: "cert-manager-webhook", image: image("webhook") }),
                deployment({ name: "cert-manager-cainjector", image: image("cainjector") }),
            ],
        };
    },
};
