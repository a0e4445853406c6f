import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Secrets } from "../../infra/config/load";
import { parseConfig } from "../../infra/config/parse";
import { hasMachines, type MachineHouse } from "../../infra/config/schema";
import { house } from "../../stacks/house";
import { captureGraph, type Graph } from "./graph";

/** The stacks whose files are in the repository. */
export const stackNames = ["dev", "prod"] as const;
export type StackName = (typeof stackNames)[number];

/** The plain configuration of a stack file, checked. */
export function stackConfig(stack: StackName): MachineHouse {
    const file: unknown = parse(readFileSync(join(__dirname, "..", "..", `Pulumi.${stack}.yaml`), "utf8"));
    const keys = Object.entries((file as { config: Record<string, unknown> }).config);
    const areas = keys.filter(([key, value]) => key.startsWith("homelab:") && !isEncrypted(value));
    const config = parseConfig(Object.fromEntries(areas.map(([key, value]) => [key.slice("homelab:".length), value])));
    if (!hasMachines(config)) throw new Error(`Pulumi.${stack}.yaml is on an existing cluster`);
    return config;
}

function isEncrypted(value: unknown): boolean {
    return typeof value === "object" && value !== null && "secure" in value;
}

/** Secrets as a stack would have them; the texts are looked for in what must not hold them. */
export const SECRET_TEXTS = ["tokenOfProxmox", "keyOfProxmox", "passwordOfUps"] as const;

/** New secrets, with these texts in them. */
export function stackSecrets(): Secrets {
    return {
        proxmoxApiToken: pulumi.secret(SECRET_TEXTS[0]),
        proxmoxSshPassword: undefined,
        proxmoxSshPrivateKey: pulumi.secret(SECRET_TEXTS[1]),
        upsPassword: pulumi.secret(SECRET_TEXTS[2]),
        objectStorageAccessKeyId: undefined,
        objectStorageSecretAccessKey: undefined,
    };
}

/** The whole program with a stack's configuration, under mocks. Proxmox is as planned; there is no cluster to wait for. */
export function captureStack(stack: StackName, options: { readonly preview?: boolean } = {}): Promise<Graph> {
    return captureHouse(stack, stackConfig(stack), options);
}

/** The same with any house that builds its cluster. */
export function captureHouse(
    stack: StackName,
    config: MachineHouse,
    options: { readonly preview?: boolean } = {},
): Promise<Graph> {
    const hosts = config.hosts.map(({ name, datastores }) => ({ name, datastores: Object.values(datastores) }));
    const observe = () => Promise.resolve({ hosts, guests: [] });
    const program = () => house(config, stackSecrets(), { gate: ({ kubeconfig }) => kubeconfig, observe });
    return captureGraph(program, { stack, ...options });
}
