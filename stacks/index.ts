import { loadConfig } from "../infra/config/load";
import { house } from "./house";

// Everything is checked before the first resource; every mistake at once.
const { config, secrets } = loadConfig();
const outputs = house(config, secrets);

export const addresses = outputs["addresses"];
export const clusterUrl = outputs["clusterUrl"];
export const kubeconfig = outputs["kubeconfig"];
export const urls = outputs["urls"];
export const backupBucket = outputs["backupBucket"];
export const imageRepositories = outputs["imageRepositories"];
export const nextSteps = outputs["nextSteps"];
