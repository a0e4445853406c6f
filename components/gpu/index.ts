export { AmdGpuPlugin, amdGpuValues } from "./amd-gpu-plugin";
export {
    accelerationOf,
    gpuDemand,
    gpuResource,
    gpuVendors,
    noGpu,
    type Acceleration,
    type Gpu,
    type GpuVendor,
    type Graphics,
    type IntelAcceleration,
} from "./gpu";
export { handOutGpus, type HandOutArgs } from "./hand-out";
export { IntelGpuPlugin, intelGpuValues } from "./intel-gpu-plugin";
export { NvidiaGpuPlugin, nvidiaGpuValues } from "./nvidia-gpu-plugin";
export { GpuSmokeTest, type GpuSmokeTestArgs } from "./smoke-test";
export { SMOKE_TEST_PLACES, SMOKE_TEST_SCRIPT } from "./smoke-test-script";
