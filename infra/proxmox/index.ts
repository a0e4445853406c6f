export { HostImage, imageFileName, type GuestImage } from "./host-image";
export { Machine, type MachineArgs } from "./machine";
export { GpuPassthrough } from "./passthrough";
export { proxmoxProvider, type ProxmoxAccess } from "./provider";
export { vmArgs, type MachineFiles, type MachineNetwork } from "./vm-args";
