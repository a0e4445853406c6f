import { readFileSync } from "node:fs";
import type { KubeObject } from "../kube/client";
import { isRecord, valueAt } from "../plain-values";
import { tool } from "../toolchain/locate";
import type { ChartRelease, ChartStandIn } from "./chart";
import operatorKeys from "./keys/cloudnative-pg.json";
import pluginKeys from "./keys/plugin-barman-cloud.json";
import { definition, deployment } from "./objects";
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
    chart: operatorKeys.chart,
    version: operatorKeys.version,
    appVersion: operatorKeys.appVersion,
    render(release) {
        checkValues(operatorKeys, release.values);
        const manifests = releaseManifests();
        const isWanted = ({ kind = "", metadata }: KubeObject) =>
            KINDS.test(kind) ||
            (kind === "ClusterRole" && metadata.name === OPERATOR_ROLE) ||
            (release.bodies === "real" && WEBHOOKS.test(kind));
        return {
            crds: manifests.filter(({ kind }) => kind === "CustomResourceDefinition"),
            objects: manifests
                .filter(isWanted)
                .map((object) => named(object, release))
                .map((object) => (object.kind === "Deployment" ? placed(object, release) : object)),
        };
    },
};

/** The release's own manifest, out of the module. */
function releaseManifests(): KubeObject[] {
    const list: unknown = JSON.parse(readFileSync(tool("cloudnative-pg-manifests"), "utf8"));
    return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is KubeObject {
    return isRecord(value) && typeof value["kind"] === "string" && isRecord(value["metadata"]);
}

/** Exact names only: those of its webhooks, their Service and its ConfigMaps are the same in the chart. */
function named(object: KubeObject, { name, namespace }: ChartRelease): KubeObject {
    const names: Readonly<Record<string, string>> = {
        [OPERATOR_ROLE]: name,
        "cnpg-manager-rolebinding": name,
        "cnpg-controller-manager": name,
        "cnpg-system": namespace,
    };
    const replace = (_key: string, value: unknown): unknown =>
        typeof value === "string" ? (names[value] ?? value) : value;
    const replaced: unknown = JSON.parse(JSON.stringify(object), replace);
    return isObject(replaced) ? replaced : object;
}

/** The Deployment with what the release's values say of its pods. */
function placed(object: KubeObject, { name, values }: ChartRelease): KubeObject {
    const labels = { "app.kubernetes.io/name": operatorKeys.chart, "app.kubernetes.io/instance": name };
    const [spec, pod] = [recordAt(object, "spec"), recordAt(object, "spec.template.spec")];
    const [container] = Array.isArray(pod["containers"]) ? (pod["containers"] as unknown[]) : [];
    const given = ["affinity", "tolerations", "topologySpreadConstraints", "nodeSelector", "priorityClassName"];
    const placement = given.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const]));
    return {
        ...object,
        spec: {
            ...spec,
            replicas: values["replicaCount"] ?? 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    ...pod,
                    ...Object.fromEntries(placement),
                    containers: [
                        {
                            ...(isRecord(container) ? container : {}),
                            imagePullPolicy: "IfNotPresent",
                            resources: values["resources"] ?? {},
                        },
                    ],
                },
            },
        },
    };
}

function recordAt(object: KubeObject, path: string): Readonly<Record<string, unknown>> {
    const value = valueAt(object, path);
    return isRecord(value) ? value : {};
}

/** The plugin that keeps archives: its definition and its pod; nothing is kept. */
export const pluginBarmanCloud: ChartStandIn = {
    chart: pluginKeys.chart,
    version: pluginKeys.version,
    appVersion: pluginKeys.appVersion,
    render({ values }) {
        checkValues(pluginKeys, values);
        const image = `ghcr.io/cloudnative-pg/plugin-barman-cloud:${pluginKeys.appVersion}`;
        return {
            crds: [definition("barmancloud.cnpg.io", "v1", "ObjectStore", "objectstores", "Namespaced")],
            objects: [deployment({ name: "plugin-barman-cloud", image })],
        };
    },
};
