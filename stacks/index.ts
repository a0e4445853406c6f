import { loadConfig } from "../infra/config/load";
import { modeBefore, refuseUnsaidMove } from "./database-mode";
import { house } from "./house";

// Everything is checked before the first resource; every mistake at once.
export = async () => {
    const { config, secrets } = loadConfig();
    refuseUnsaidMove(config, await modeBefore());
    return house(config, secrets);
};
