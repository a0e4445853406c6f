import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../../../infra/config/parse";
import { house } from "../../../stacks/house";

/**
 * The whole program on a cluster that is there already.
 * @param areas the configuration, areas by name
 * @param kubeconfigFile where the kubeconfig lies; its text is a secret, as from a stack's configuration
 */
export async function houseOnExisting(areas: unknown, kubeconfigFile: string): Promise<Record<string, unknown>> {
    return house(parseConfig(areas), {
        proxmoxApiToken: undefined,
        proxmoxSshPassword: undefined,
        proxmoxSshPrivateKey: undefined,
        upsPassword: undefined,
        objectStorageAccessKeyId: undefined,
        objectStorageSecretAccessKey: undefined,
        loginClientSecret: undefined,
        kubeconfig: pulumi.secret(readFileSync(kubeconfigFile, "utf8")),
    });
}
