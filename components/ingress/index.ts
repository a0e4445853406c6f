export { ENTRY_POINTS, type EntryPoint } from "./entry-points";
export { Exposure, type Audience, type ExposureArgs } from "./exposure";
export type { Ingress, Login } from "./ingress";
export { LoginProxy, type LoginProxyArgs } from "./login-proxy";
