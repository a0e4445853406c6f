export { Jellyfin, type JellyfinArgs } from "./jellyfin";
export { STICKY_COOKIE } from "./route";
