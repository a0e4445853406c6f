import type { Secrets } from "../infra/config/load";
import type { HomelabConfig } from "../infra/config/schema";
import { planInventory } from "../infra/inventory";
import { readinessGate, type Gate } from "../infra/k3s";
import { backup } from "./backup";
import { base } from "./base";
import { data } from "./data";
import { media } from "./media";
import { outputs } from "./outputs";
import { platform } from "./platform";

/**
 * The whole house, one way: each part gets the handles of those before it.
 * @param gate what the cluster has to pass before anything is put on it; a test without a cluster hands its own.
 */
export function house(config: HomelabConfig, secrets: Secrets, gate: Gate = readinessGate): Record<string, unknown> {
    const inventory = planInventory(config);
    const kept = backup(config);
    const ground = base(config, secrets, inventory, gate);
    const floor = platform(config, ground);
    const stores = data(config, ground, floor);
    const programs = media(config, ground, floor, stores);
    return outputs(config, ground, kept, programs);
}
