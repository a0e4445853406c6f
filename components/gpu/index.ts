export { gpuValues, IntelGpuPlugin, type Gpu, type IntelGpuPluginArgs } from "./intel-gpu-plugin";
