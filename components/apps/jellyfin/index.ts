export type { JellyfinArgs } from "./args";
export { Jellyfin } from "./jellyfin";
export { STICKY_COOKIE } from "./route";
