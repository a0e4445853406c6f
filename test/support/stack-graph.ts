import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import type { Secrets } from "../../infra/config/load";
import { parseConfig } from "../../infra/config/parse";
import { hasMachines, type HomelabConfig, type MachineHouse } from "../../infra/config/schema";
import { house } from "../../stacks/house";
import { captureGraph, type Graph } from "./graph";

const CHECKOUT = join(__dirname, "..", "..");
const VALID = "test/fixtures/valid";

/** The stacks whose files are in the repository. */
export const stackNames = ["dev", "prod"] as const;
export type StackName = (typeof stackNames)[number];

/** Houses on a cluster that was there before; their files are in test/fixtures/valid. */
export const existingNames = ["managed-three-nodes", "kind"] as const;
export type HouseName = StackName | (typeof existingNames)[number] | (typeof fullNames)[number];

/** Houses with everything switched on that is off by default. */
export const fullNames = ["everything-on"] as const;

/** The plain configuration of a stack file, checked. */
export function stackConfig(stack: StackName): MachineHouse {
    const config = houseConfig(stack);
    if (!hasMachines(config)) throw new Error(`Pulumi.${stack}.yaml is on an existing cluster`);
    return config;
}

/**
 * Every house that there is: the stacks and all of `test/fixtures/valid`, so that a new file is asked about at once.
 * @returns what captures each, by the name of its stack
 */
export function everyHouse(): ReadonlyMap<string, () => Promise<Graph>> {
    const files = readdirSync(join(CHECKOUT, VALID)).map(
        (file) => [basename(file, ".yaml"), `${VALID}/${file}`] as const,
    );
    return new Map([
        ...stackNames.map((name) => [name, () => captureStack(name)] as const),
        ...files.map(([name, path]) => [name, () => captureHouse(name, configIn(path))] as const),
    ]);
}

/** Houses of `test/fixtures/valid` with machines, each with something that neither stack has: configurations by file. */
export function otherHouses(): ReadonlyMap<string, MachineHouse> {
    const houses = readdirSync(join(CHECKOUT, VALID)).map((file) => [file, configIn(`${VALID}/${file}`)] as const);
    return new Map(houses.flatMap(([file, config]) => (hasMachines(config) ? [[file, config]] : [])));
}

/** The plain configuration of a house, checked. */
export function houseConfig(name: HouseName): HomelabConfig {
    const isStack = stackNames.some((stack) => stack === name);
    return configIn(isStack ? `Pulumi.${name}.yaml` : `${VALID}/${name}.yaml`);
}

/** @param path in the checkout */
function configIn(path: string): HomelabConfig {
    const file: unknown = parse(readFileSync(join(CHECKOUT, path), "utf8"));
    const keys = Object.entries((file as { config: Record<string, unknown> }).config);
    const areas = keys.filter(([key, value]) => key.startsWith("homelab:") && !isEncrypted(value));
    return parseConfig(Object.fromEntries(areas.map(([key, value]) => [key.slice("homelab:".length), value])));
}

function isEncrypted(value: unknown): boolean {
    return typeof value === "object" && value !== null && "secure" in value;
}

/** Secrets as a stack would have them; the texts are looked for in what must not hold them. */
export const SECRET_TEXTS = [
    "tokenOfProxmox",
    "keyOfProxmox",
    "passwordOfUps",
    "tokenOfKube",
    "secretOfLogin",
    "keyIdOfStore",
    "keyOfStore",
] as const;

/** New secrets, with these texts in them. */
export function stackSecrets(): Secrets {
    return {
        proxmoxApiToken: pulumi.secret(SECRET_TEXTS[0]),
        proxmoxSshPassword: undefined,
        proxmoxSshPrivateKey: pulumi.secret(SECRET_TEXTS[1]),
        loginClientSecret: pulumi.secret(SECRET_TEXTS[4]),
        upsPassword: pulumi.secret(SECRET_TEXTS[2]),
        objectStorageAccessKeyId: pulumi.secret(SECRET_TEXTS[5]),
        objectStorageSecretAccessKey: pulumi.secret(SECRET_TEXTS[6]),
    };
}

/** Complete in itself, as the configuration asks for. */
function kubeconfig(context: string): string {
    return stringify({
        "current-context": context,
        contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server: "https://203.0.113.7:6443" } }],
        users: [{ name: "u", user: { token: SECRET_TEXTS[3] } }],
    });
}

/** The whole program with a stack's configuration, under mocks. Proxmox is as planned; there is no cluster to wait for. */
export function captureStack(name: HouseName, options: { readonly preview?: boolean } = {}): Promise<Graph> {
    return captureHouse(name, houseConfig(name), options);
}

/** The same with any house. @param name of the stack */
export function captureHouse(
    name: string,
    config: HomelabConfig,
    options: { readonly preview?: boolean } = {},
): Promise<Graph> {
    const planned = hasMachines(config) ? config.hosts : [];
    const hosts = planned.map((host) => ({ name: host.name, datastores: Object.values(host.datastores) }));
    const observe = () => Promise.resolve({ hosts, guests: [] });
    const context = config.cluster.kind === "existing" ? (config.cluster.context ?? "current") : "";
    const access = (): Secrets =>
        hasMachines(config) ? stackSecrets() : { ...noSecrets, kubeconfig: pulumi.secret(kubeconfig(context)) };
    const program = () => house(config, access(), { gate: (args) => args.kubeconfig, observe });
    return captureGraph(program, { stack: name, ...options });
}

const noSecrets: Secrets = {
    proxmoxApiToken: undefined,
    proxmoxSshPassword: undefined,
    proxmoxSshPrivateKey: undefined,
    loginClientSecret: undefined,
    upsPassword: undefined,
    objectStorageAccessKeyId: undefined,
    objectStorageSecretAccessKey: undefined,
};
