export { clusterUrl, K3sCluster, machineCloudConfig, type ClusterSecrets, type K3sClusterArgs } from "./cluster";
export { readinessGate, type Gate, type GateArgs } from "./gate";
export type { VirtualAddress } from "./virtual-address";
export type { PlannedNode } from "./readiness";
export { nameservers, type Resolvers } from "./resolvers";
export { clusterDns } from "./server-config";
