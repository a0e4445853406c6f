import type { MachineHouse } from "../../infra/config/schema";
import { planInventory, type Machine } from "../../infra/inventory";
import { machineCloudConfig } from "../../infra/k3s";
import { clusterArgs } from "../../stacks/cluster-args";
import { clusterSecrets } from "./planned";

/** The user-data of each machine of a house, with secrets that are none. */
export function userDataOf(config: MachineHouse): { readonly machine: Machine; readonly text: string }[] {
    const inventory = planInventory(config);
    const args = clusterArgs(config, inventory);
    const secrets = { ...clusterSecrets, ups: config.ups && { ...config.ups, password: "passwordOfUps" } };
    return [...inventory.servers, ...inventory.agents].map((machine) => ({
        machine,
        text: machineCloudConfig(args, `https://${args.servers[0].address}:6443`, machine, secrets),
    }));
}
