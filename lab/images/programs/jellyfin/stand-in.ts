import type { Configuration } from "./configuration/configuration";
import type { Settings } from "./configuration/environment";
import type { Database } from "./database/database";
import type { Transcodes } from "./hls/transcodes";
import type { Library } from "./library/library";
import type { VirtualFolders } from "./library/virtual-folders";
import type { WatchState } from "./library/watch-state";
import type { ApiKeys } from "./people/api-keys";
import type { Devices } from "./people/devices";
import type { Sessions } from "./people/sessions";
import type { Users } from "./people/users";

/** The release whose behaviour this program stands in for. */
export const VERSION = "10.11.11";

/** Everything that the routes answer from. */
export interface StandIn {
    readonly settings: Settings;
    readonly configuration: Configuration;
    readonly database: Database;
    readonly users: Users;
    readonly devices: Devices;
    readonly keys: ApiKeys;
    readonly sessions: Sessions;
    readonly library: Library;
    readonly folders: VirtualFolders;
    readonly watched: WatchState;
    readonly transcodes: Transcodes;
}
