import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** A resource as the flat program registers it. */
export interface FlatResource {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, unknown>;
    /** Name of its provider resource. */
    readonly provider?: string;
}

interface StateResource {
    urn: string;
    type: string;
    custom: boolean;
    inputs?: Record<string, unknown>;
    provider?: string;
    parent?: string;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[]>;
    [field: string]: unknown;
}

/** What `pulumi stack export --show-secrets` gives. */
export interface Deployment {
    version: number;
    deployment: { resources?: StateResource[]; [field: string]: unknown };
}

const PROJECT = "homelab-flat";
const SECRET_KEY = "4dabf18193072939515e22adb298388d";

/**
 * Turns the house's state into that of a flat stack: the same resources, all directly below the stack, without
 * dependencies on each other.
 */
export function flatDeployment(house: Deployment, stack: string): Deployment {
    const { resources = [], ...rest } = house.deployment;
    const kept = resources.filter(({ custom }) => custom);
    const root: StateResource = {
        ...resources.find(({ type }) => type === "pulumi:pulumi:Stack"),
        ...{ urn: rootUrn(stack), type: "pulumi:pulumi:Stack", custom: false, outputs: {} },
    };
    return {
        ...house,
        deployment: { ...rest, resources: [root, ...kept.map((resource) => flat(resource, stack))] },
    };
}

/** The flat program's input: providers first, secrets opened. */
function flatResources(house: Deployment): FlatResource[] {
    const resources = (house.deployment.resources ?? []).filter(({ custom }) => custom);
    const isProvider = ({ type }: StateResource) => type.startsWith("pulumi:providers:");
    return [...resources.filter(isProvider), ...resources.filter((each) => !isProvider(each))].map((resource) => ({
        type: resource.type,
        name: nameOf(resource.urn),
        inputs: Object.fromEntries(
            Object.entries(resource.inputs ?? {})
                .filter(([key]) => key !== "__internal")
                .map(([key, value]) => [key, open(value)]),
        ),
        ...(resource.provider && { provider: nameOf(resource.provider.split("::").slice(0, -1).join("::")) }),
    }));
}

/** Writes the flat project beside the house's, in the lab's folder. */
export function writeFlatProject(folder: string, program: string, house: Deployment): { readonly resources: string } {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } };
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: PROJECT, runtime, main: program }));
    const resources = join(folder, "resources.json");
    writeFileSync(resources, JSON.stringify(flatResources(house)), { mode: 0o600 });
    return { resources };
}

function flat(resource: StateResource, stack: string): StateResource {
    const provider = resource.provider?.split("::");
    return {
        ...resource,
        dependencies: [],
        propertyDependencies: {},
        urn: flatUrn(resource.urn, stack),
        parent: rootUrn(stack),
        ...(provider && { provider: `${flatUrn(provider.slice(0, -1).join("::"), stack)}::${provider.at(-1) ?? ""}` }),
    };
}

function rootUrn(stack: string): string {
    return `urn:pulumi:${stack}::${PROJECT}::pulumi:pulumi:Stack::${PROJECT}-${stack}`;
}

function flatUrn(urn: string, stack: string): string {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    return `urn:pulumi:${stack}::${PROJECT}::${type}::${nameOf(urn)}`;
}

function nameOf(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

function open(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(open);
    if (typeof value !== "object" || value === null) return value;
    if (SECRET_KEY in value && "plaintext" in value) return JSON.parse(String(value.plaintext));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item)]));
}
