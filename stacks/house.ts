import type { Secrets } from "../infra/config/load";
import type { HomelabConfig } from "../infra/config/schema";
import { planInventory } from "../infra/inventory";
import { readinessGate } from "../infra/k3s";
import { observeCluster } from "../infra/proxmox";
import { backup } from "./backup";
import { base, type Lookout } from "./base";
import { data } from "./data";
import { media } from "./media";
import { outputs } from "./outputs";
import { platform } from "./platform";
import { upkeep } from "./upkeep";

const realLookout: Lookout = { gate: readinessGate, observe: observeCluster };

/**
 * The whole house, one way: each part gets the handles of those before it.
 * @param lookout a test without Proxmox and without a cluster hands its own.
 */
export async function house(
    config: HomelabConfig,
    secrets: Secrets,
    lookout = realLookout,
): Promise<Record<string, unknown>> {
    const inventory = planInventory(config);
    // First: credentials that AWS refuses end the run before anything is changed.
    const kept = await backup(config, secrets);
    const ground = base(config, secrets, inventory, lookout, kept);
    const floor = platform(config, secrets, ground, kept);
    upkeep(config, ground, kept);
    const stores = data(config, ground, floor, kept);
    const programs = media(config, ground, floor, stores, kept);
    return outputs(config, ground, kept, floor, stores, programs);
}
