export { clusterUrl, K3sCluster, machineCloudConfig, type ClusterSecrets, type K3sClusterArgs } from "./cluster";
export { readinessGate, type Gate, type GateArgs } from "./gate";
export type { VirtualAddress } from "./virtual-address";
export type { PlannedNode } from "./readiness";
