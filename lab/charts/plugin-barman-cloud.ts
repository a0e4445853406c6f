import type { KubeObject } from "../kube/client";
import type { ChartRelease, ChartStandIn } from "./chart";
import keys from "./keys/plugin-barman-cloud.json";
import { placed, releaseManifest, renamed } from "./release-manifest";
import { checkValues } from "./values";

/** The roles for readers of figures, editors and viewers are left out. */
const LEFT_OUT = /^barman-plugin-(metrics|objectstore)/;
const CONFIG = "plugin-barman-cloud-config";
const SIDECAR = "SIDECAR_IMAGE";

/**
 * The plugin that keeps archives as its release has it, definition, rights, certificates and all, under the names that the
 * chart gives. Which image it puts beside servers stands in a ConfigMap, as in the chart; in the manifest it is a Secret
 * with the name of an image of the day.
 */
export const pluginBarmanCloud: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render(release) {
        checkValues(keys, release.values);
        const manifest = releaseManifest("plugin-barman-cloud-manifests");
        const isWanted = ({ kind = "", metadata }: KubeObject) =>
            !/^(CustomResourceDefinition|Secret)$/.test(kind) && !LEFT_OUT.test(metadata.name ?? "");
        return {
            crds: manifest.filter(({ kind }) => kind === "CustomResourceDefinition"),
            objects: [
                config(release),
                ...manifest
                    .filter(isWanted)
                    .map((object) => renamed(object, namesIn(release)))
                    .map((object) => chartsOwn(object, release)),
            ],
        };
    },
};

function image(part: "plugin-barman-cloud" | "plugin-barman-cloud-sidecar"): string {
    return `ghcr.io/cloudnative-pg/${part}:${keys.appVersion}`;
}

function config({ namespace }: ChartRelease): KubeObject {
    const data = { [SIDECAR]: image("plugin-barman-cloud-sidecar") };
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: CONFIG, namespace }, data };
}

function labelsOf({ name }: ChartRelease): Readonly<Record<string, string>> {
    return { "app.kubernetes.io/name": keys.chart, "app.kubernetes.io/instance": name };
}

/** Certificates, their secrets and the Service are called the same in the chart. */
function namesIn({ name, namespace }: ChartRelease): Readonly<Record<string, string>> {
    return {
        "plugin-barman-cloud": name,
        "plugin-barman-cloud-binding": `${name}-binding`,
        "barman-plugin-leader-election-role": `${name}-leader-election-role`,
        "barman-plugin-leader-election-rolebinding": `${name}-leader-election-rolebinding`,
        "selfsigned-issuer": `${name}-selfsigned-issuer`,
        "cnpg-system": namespace,
    };
}

function chartsOwn(object: KubeObject, release: ChartRelease): KubeObject {
    const labels = labelsOf(release);
    if (object.kind === "Service") {
        const spec = object["spec"];
        return { ...object, spec: { ...(typeof spec === "object" ? spec : {}), selector: labels } };
    }
    if (object.kind !== "Deployment") return object;
    const reference = { configMapKeyRef: { name: CONFIG, key: SIDECAR } };
    const container = {
        image: image("plugin-barman-cloud"),
        env: [{ name: SIDECAR, valueFrom: reference }],
    };
    const own = { ...object, metadata: { ...object.metadata, name: release.name } };
    return placed(own, { labels, values: release.values, container });
}
