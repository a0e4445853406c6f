import { parse, parseAllDocuments } from "yaml";
import type { MachineHouse } from "../../infra/config/schema";
import { planInventory, type Machine } from "../../infra/inventory";
import { clusterUrl, machineCloudConfig } from "../../infra/k3s";
import { clusterArgs } from "../../stacks/cluster-args";
import type { KubeObject } from "../../lab/kube/client";
import { clusterSecrets } from "./planned";

/** The user-data of each machine of a house, with secrets that are none. */
export function userDataOf(config: MachineHouse): { readonly machine: Machine; readonly text: string }[] {
    const inventory = planInventory(config);
    const args = clusterArgs(config, inventory);
    const secrets = { ...clusterSecrets, ups: config.ups && { ...config.ups, password: "passwordOfUps" } };
    return [...inventory.servers, ...inventory.agents].map((machine) => ({
        machine,
        text: machineCloudConfig(args, clusterUrl(args), machine, secrets),
    }));
}

interface Document {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
}

/** The objects in the manifests that k3s finds on the disk of the first server, and applies. */
export function serverManifests(config: MachineHouse): KubeObject[] {
    const { write_files: files } = parse(userDataOf(config)[0]?.text ?? "") as Document;
    return files
        .filter(({ path }) => path.startsWith("/var/lib/rancher/k3s/server/manifests/"))
        .flatMap(({ content }) => parseAllDocuments(content).map((document) => document.toJS() as KubeObject));
}
