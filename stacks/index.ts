import { loadConfig } from "../infra/config/load";
import { house } from "./house";

// Everything is checked before the first resource; every mistake at once.
export = () => {
    const { config, secrets } = loadConfig();
    return house(config, secrets);
};
