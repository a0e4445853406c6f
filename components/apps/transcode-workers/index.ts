export { TranscodeAccess } from "./access";
export type { TranscodeWorkersArgs } from "./args";
export { TranscodeWorkers } from "./transcode-workers";
