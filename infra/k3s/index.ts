export { clusterUrl, K3sCluster, machineCloudConfig, type K3sClusterArgs, type MachineSecrets } from "./cluster";
export { readinessGate, type Gate, type GateArgs } from "./gate";
export { LOGIN_USER } from "./login";
export type { VirtualAddress } from "./virtual-address";
export type { PlannedNode } from "./readiness";
export { nameservers, type Resolvers } from "./resolvers";
export { clusterDns, SNAPSHOTS_PER_SERVER } from "./server-config";
