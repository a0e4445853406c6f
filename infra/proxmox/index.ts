export { idMustBeFree } from "./admission";
export { observeCluster, type ClusterView, type Observe } from "./cluster-view";
export { HostImage, imageFileName, type GuestImage } from "./host-image";
export { Machine, type MachineArgs } from "./machine";
export { GpuPassthrough } from "./passthrough";
export { proxmoxApi, proxmoxProvider, type ProxmoxAccess } from "./provider";
export { vmArgs, type MachineNetwork, type MachineFiles } from "./vm-args";
export { PROGRAM_TOKEN, PROGRAM_USER, programGrants, type Grant, type GrantedHouse } from "./privileges";
export { HighAvailability, placementRules, type PlacementRule } from "./high-availability";
