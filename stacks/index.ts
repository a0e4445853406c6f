import { loadConfig } from "../infra/config/load";
import { DATABASE_MODE, refuseUnsaidMove } from "./database-mode";
import { house } from "./house";
import { lastUp } from "./last-up";
import { NAS_SHARE, refuseUnsaidShare } from "./nas-share";

// Everything is checked before the first resource; every mistake at once.
export = async () => {
    const { config, secrets } = loadConfig();
    const before = await lastUp();
    refuseUnsaidMove(config, before[DATABASE_MODE]);
    refuseUnsaidShare(config, before[NAS_SHARE]);
    return house(config, secrets);
};
