import type { KubeObject } from "../kube/client";
import type { ChartRelease, ChartStandIn } from "./chart";
import keys from "./keys/cloudnative-pg.json";
import { placed, releaseManifest, renamed } from "./release-manifest";
import { checkValues } from "./values";

const WEBHOOKS = /^(Mutating|Validating)WebhookConfiguration$/;
/** Of the kinds that a chart brings; the roles for editors and viewers are left out. */
const KINDS = /^(ServiceAccount|ClusterRoleBinding|ConfigMap|Service|Deployment)$/;
const OPERATOR_ROLE = "cnpg-manager";

/**
 * CloudNativePG as its release has it, definitions, rights, webhooks and all, under the names that the chart gives. Where
 * no containers run nobody would answer for the webhooks, so they are left out.
 */
export const cloudNativePg: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render(release) {
        checkValues(keys, release.values);
        const manifest = releaseManifest("cloudnative-pg-manifests");
        const isWanted = ({ kind = "", metadata }: KubeObject) =>
            KINDS.test(kind) ||
            (kind === "ClusterRole" && metadata.name === OPERATOR_ROLE) ||
            (release.bodies === "real" && WEBHOOKS.test(kind));
        const labels = { "app.kubernetes.io/name": keys.chart, "app.kubernetes.io/instance": release.name };
        const given = { labels, values: release.values, container: { imagePullPolicy: "IfNotPresent" } };
        return {
            crds: manifest.filter(({ kind }) => kind === "CustomResourceDefinition"),
            objects: manifest
                .filter(isWanted)
                .map((object) => renamed(object, namesIn(release)))
                .map((object) => (object.kind === "Deployment" ? placed(object, given) : object)),
        };
    },
};

/** Those of its webhooks, their Service and its ConfigMaps are the same in the chart. */
function namesIn({ name, namespace }: ChartRelease): Readonly<Record<string, string>> {
    return {
        [OPERATOR_ROLE]: name,
        "cnpg-manager-rolebinding": name,
        "cnpg-controller-manager": name,
        "cnpg-system": namespace,
    };
}
