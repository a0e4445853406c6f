import { CSI_CONTROLLER_ANNOTATION } from "../cluster/controllers/block-volumes";
import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/kubelet";
import type { ChartStandIn } from "./chart";
import keys from "./keys/longhorn.json";
import { csiDriver, daemonSet, definition, deployment } from "./objects";
import { checkValues, valueAt } from "./values";

const DRIVER = "driver.longhorn.io";
const GROUP = "longhorn.io";

/** Longhorn: the driver, its class and its pods; volumes are names without bytes. */
export const longhorn: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const image = `docker.io/longhornio/longhorn-manager:${keys.appVersion}`;
        const tolerations = valueAt(values, "longhornManager.tolerations");
        return {
            crds: [
                definition(GROUP, "v1beta2", "RecurringJob", "recurringjobs", "Namespaced"),
                definition(GROUP, "v1beta2", "BackupTarget", "backuptargets", "Namespaced"),
                definition(GROUP, "v1beta2", "Setting", "settings", "Namespaced"),
            ],
            objects: [
                csiDriver(DRIVER, true),
                daemonSet({ name: "longhorn-manager", image, tolerations }),
                daemonSet({
                    name: "longhorn-csi-plugin",
                    image,
                    tolerations,
                    annotations: { [PLUGIN_ANNOTATIONS.csiDriver]: DRIVER },
                }),
                deployment({
                    name: "csi-provisioner",
                    image,
                    tolerations,
                    annotations: { [CSI_CONTROLLER_ANNOTATION]: DRIVER },
                }),
                deployment({ name: "longhorn-ui", image, affinity: valueAt(values, "longhornUI.affinity") }),
                storageClass(values),
            ],
        };
    },
};

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
        parameters: { numberOfReplicas: String(valueAt(values, "persistence.defaultClassReplicaCount") ?? 3) },
    };
}
