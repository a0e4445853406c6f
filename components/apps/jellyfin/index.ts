export type { JellyfinArgs } from "./args";
export { Jellyfin, STICKY_COOKIE } from "./jellyfin";
