export { K3sCluster, machineCloudConfig, type ClusterSecrets, type K3sClusterArgs } from "./cluster";
export { readinessGate, type Gate, type GateArgs } from "./gate";
export type { PlannedNode } from "./readiness";
