export { PullSecret, type PullSecretArgs, type RegistryAccess } from "./pull-secret";
export { REFRESH_SCRIPT } from "./refresh-script";
