export { bootstrapScript } from "./bootstrap";
export { hostPrepScript, type HostPrep, type HostPrepMode } from "./script";
