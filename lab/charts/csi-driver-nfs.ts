import { PLUGIN_ANNOTATIONS } from "../cluster/simulated/plugins";
import { STORAGE_ANNOTATIONS } from "../cluster/storage/annotations";
import { textOf, valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/csi-driver-nfs.json";
import { csiDriver, daemonSet, deployment } from "./objects";
import { checkValues, textsAt } from "./values";

const DRIVER = "nfs.csi.k8s.io";

/** The chart's default for its controller. */
const CONTROL_PLANE = ["master", "controlplane", "control-plane"].map((role) => ({
    key: `node-role.kubernetes.io/${role}`,
    operator: "Exists",
    effect: "NoSchedule",
}));

/** The NFS driver; whether a node can mount is decided by its NFS client. */
export const csiDriverNfs: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const image = "registry.k8s.io/sig-storage/nfsplugin:v4.13.4";
        const setsGroup = valueAt(values, "feature.enableFSGroupPolicy") !== false;
        return {
            crds: [],
            objects: [
                csiDriver(DRIVER, false, setsGroup ? "File" : undefined),
                deployment({
                    name: "csi-nfs-controller",
                    image,
                    nodeSelector: textsAt(values, "controller.nodeSelector"),
                    tolerations: valueAt(values, "controller.tolerations") ?? CONTROL_PLANE,
                    annotations: {
                        [STORAGE_ANNOTATIONS.controller]: DRIVER,
                        [STORAGE_ANNOTATIONS.onDelete]: textOf(
                            valueAt(values, "controller.defaultOnDeletePolicy") ?? "delete",
                        ),
                    },
                }),
                daemonSet({
                    name: "csi-nfs-node",
                    image,
                    nodeSelector: textsAt(values, "node.nodeSelector"),
                    // The chart's default: the driver runs wherever its selector lets it.
                    tolerations: valueAt(values, "node.tolerations") ?? [{ operator: "Exists" }],
                    annotations: { [PLUGIN_ANNOTATIONS.csiDriver]: DRIVER },
                }),
            ],
        };
    },
};
