import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Secrets } from "../../../infra/config/load";
import { parseConfig } from "../../../infra/config/parse";
import { planInventory } from "../../../infra/inventory";
import { readinessGate } from "../../../infra/k3s";
import { observeCluster } from "../../../infra/proxmox";
import { base } from "../../../stacks/base";
import { house } from "../../../stacks/house";

/**
 * The whole program on a cluster that is there already.
 * @param areas the configuration, areas by name
 * @param kubeconfigFile where the kubeconfig lies; its text is a secret, as from a stack's configuration
 */
export async function houseOnExisting(areas: unknown, kubeconfigFile: string): Promise<Record<string, unknown>> {
    return house(parseConfig(areas), secretsWith(kubeconfigFile));
}

/** Of that program the nodes alone, behind their gate; the parameters are the same. */
export function nodesOnExisting(areas: unknown, kubeconfigFile: string): void {
    const config = parseConfig(areas);
    const lookout = { gate: readinessGate, observe: observeCluster };
    base(config, secretsWith(kubeconfigFile), planInventory(config), lookout);
}

function secretsWith(kubeconfigFile: string): Secrets {
    return {
        proxmoxApiToken: undefined,
        proxmoxSshPassword: undefined,
        proxmoxSshPrivateKey: undefined,
        upsPassword: undefined,
        objectStorageAccessKeyId: undefined,
        objectStorageSecretAccessKey: undefined,
        loginClientSecret: undefined,
        kubeconfig: pulumi.secret(readFileSync(kubeconfigFile, "utf8")),
    };
}
