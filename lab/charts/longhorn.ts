import { stringify } from "yaml";
import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/plugins";
import { STORAGE_ANNOTATIONS } from "../cluster/storage/annotations";
import { SETTINGS_CONFIG_MAP, SETTINGS_KEY } from "../cluster/storage/control/longhorn-settings";
import { isRecord, textOf, valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/longhorn.json";
import { csiDriver, daemonSet, definition, deployment } from "./objects";
import { RECURRING_JOB_SPEC } from "./recurring-job";
import { checkValues, textsAt } from "./values";

const DRIVER = "driver.longhorn.io";
const GROUP = "longhorn.io";

/** Longhorn: the driver, its class, its settings and its pods; what they do is `lab/cluster/storage`. */
export const longhorn: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const image = `docker.io/longhornio/longhorn-manager:${keys.appVersion}`;
        const system = systemPlacement(values);
        return {
            // The one of its kinds that a house writes.
            crds: [definition(GROUP, "v1beta2", "RecurringJob", "recurringjobs", "Namespaced", RECURRING_JOB_SPEC)],
            objects: [
                csiDriver(DRIVER, true),
                settings(values),
                daemonSet({
                    name: "longhorn-manager",
                    image,
                    ...placement(values, "longhornManager"),
                    annotations: { [STORAGE_ANNOTATIONS.disk]: DRIVER },
                }),
                daemonSet({
                    name: "longhorn-csi-plugin",
                    image,
                    ...system,
                    annotations: { [PLUGIN_ANNOTATIONS.csiDriver]: DRIVER },
                }),
                deployment({
                    name: "csi-provisioner",
                    image,
                    // As many as the real one has: with one, the loss of its node would leave all volumes where they are.
                    replicas: Number(valueAt(values, "csi.provisionerReplicaCount") ?? 3),
                    ...system,
                    annotations: { [STORAGE_ANNOTATIONS.controller]: DRIVER },
                }),
                deployment({
                    name: "longhorn-ui",
                    image,
                    ...placement(values, "longhornUI"),
                    affinity: valueAt(values, "longhornUI.affinity"),
                }),
                storageClass(values),
            ],
        };
    },
};

/** The settings that were given, under the names that the manager knows them by. */
function settings(values: Readonly<Record<string, unknown>>) {
    const given = valueAt(values, "defaultSettings");
    const named = Object.entries(isRecord(given) ? given : {})
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), textOf(value)]);
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: SETTINGS_CONFIG_MAP },
        data: { [SETTINGS_KEY]: stringify(Object.fromEntries(named)) },
    };
}

/** Where a part of the chart itself runs. */
function placement(values: Readonly<Record<string, unknown>>, part: string) {
    const tolerations = valueAt(values, `${part}.tolerations`);
    return { nodeSelector: textsAt(values, `${part}.nodeSelector`), ...(tolerations !== undefined && { tolerations }) };
}

/**
 * Where the parts run that the manager starts by itself: told by two settings, `key:value;key:value` and
 * `key=value:effect;key:effect` (`longhorn/longhorn:chart/values.yaml`).
 */
function systemPlacement(values: Readonly<Record<string, unknown>>) {
    const entries = (setting: string) =>
        textOf(valueAt(values, `defaultSettings.${setting}`))
            .split(";")
            .map((entry) => entry.trim())
            .filter((entry) => entry !== "");
    const nodeSelector = Object.fromEntries(
        entries("systemManagedComponentsNodeSelector").map((entry) => {
            const at = entry.indexOf(":");
            return [entry.slice(0, at), entry.slice(at + 1)];
        }),
    );
    const tolerations = entries("taintToleration").map((entry) => {
        const [taint = "", effect] = entry.split(":");
        const [key, value] = taint.split("=");
        const what = value === undefined ? { operator: "Exists" } : { operator: "Equal", value };
        return { key, ...what, ...(effect && { effect }) };
    });
    return { nodeSelector, ...(tolerations.length > 0 && { tolerations }) };
}

function storageClass(values: Readonly<Record<string, unknown>>) {
    const isDefault = valueAt(values, "persistence.defaultClass") !== false;
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: {
            name: "longhorn",
            annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) },
        },
        provisioner: DRIVER,
        reclaimPolicy: valueAt(values, "persistence.reclaimPolicy") ?? "Delete",
        volumeBindingMode: "Immediate",
        allowVolumeExpansion: true,
        parameters: { numberOfReplicas: textOf(valueAt(values, "persistence.defaultClassReplicaCount") ?? 3) },
    };
}
