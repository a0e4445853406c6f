import { certManager } from "./cert-manager";
import type { ChartStandIn } from "./chart";
import { csiDriverNfs } from "./csi-driver-nfs";
import { intelDevicePluginsGpu, intelDevicePluginsOperator } from "./intel-device-plugins";
import { longhorn } from "./longhorn";

/** Every chart that the lab stands in for. */
export const charts: readonly ChartStandIn[] = [
    certManager,
    csiDriverNfs,
    intelDevicePluginsGpu,
    intelDevicePluginsOperator,
    longhorn,
];
