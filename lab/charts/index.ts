import { amdGpu } from "./amd-gpu";
import { certManager } from "./cert-manager";
import type { ChartStandIn } from "./chart";
import { cloudNativePg } from "./cloudnative-pg";
import { csiDriverNfs } from "./csi-driver-nfs";
import { intelDevicePluginsGpu, intelDevicePluginsOperator } from "./intel-device-plugins";
import { longhorn } from "./longhorn";
import { metalLb } from "./metallb";
import { nvidiaDevicePlugin } from "./nvidia-device-plugin";
import { pluginBarmanCloud } from "./plugin-barman-cloud";

/** Every chart that the lab stands in for. */
export const charts: readonly ChartStandIn[] = [
    amdGpu,
    certManager,
    cloudNativePg,
    pluginBarmanCloud,
    csiDriverNfs,
    intelDevicePluginsGpu,
    intelDevicePluginsOperator,
    longhorn,
    metalLb,
    nvidiaDevicePlugin,
];
