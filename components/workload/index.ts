export {
    fromOutput,
    fromPod,
    fromSecret,
    type ContainerSpec,
    type Env,
    type EnvSource,
    type Resources,
} from "./container";
export type { Controller } from "./controller";
export { objectLabels, selectorLabels, type Identity, type Labels } from "./identity";
export { ownPolicy } from "./network";
export type { Addresses, Admitted, Destination, Internet, PodsElsewhere, Reachable } from "./network";
export { fastEviction, GPU_LABEL, HOST_LABEL, NFS_LABEL, type Requires, type Spread } from "./placement";
export type { PodArgs } from "./pod";
export { exec, http, tcp, type Check, type Probe, type Probes } from "./probes";
export type { Run } from "./run";
export type { RunAs } from "./security";
export type { ClaimTemplate, EphemeralClaim, ExistingClaim, KeyFiles, Mount, Scratch, Volume } from "./volumes";
export { weakenings, type Weaken, type Weakening } from "./weaken";
export { Workload, type WorkloadArgs } from "./workload";
