export { BACK_UNIT, UPS_PACKAGE, UPS_UNIT, upsFiles, type UpsFile } from "./client";
export { MACHINE_SHUTDOWN_SECONDS, secondsOnBattery, type PowerStage, type Ups } from "./power-failure";
