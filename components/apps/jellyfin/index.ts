export type { PodAddition } from "./addition";
export type { JellyfinArgs } from "./args";
export { ConfigurationBackup, type ConfigurationBackupArgs } from "./configuration-backup";
export { Jellyfin } from "./jellyfin";
export { releaseOf } from "./release";
export type { MediaLibrary, ServerWishes } from "./server-settings";
