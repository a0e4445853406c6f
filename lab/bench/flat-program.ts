import { readFileSync } from "node:fs";
import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { FlatResource } from "./flat-project";

/** The house's resources, one after the other, without components: what the same house costs at the least. */
type ResourceClass = new (
    name: string,
    inputs: Record<string, unknown>,
    opts: pulumi.CustomResourceOptions,
) => pulumi.Resource;

class Provider extends pulumi.ProviderResource {}

const sdks: Readonly<Record<string, object>> = { aws, kubernetes, proxmoxve, random, tls };

/** The class of the SDK that a person would write for a type token. */
function classOf(type: string): ResourceClass {
    const [sdk = "", module = "", name = ""] = type.split(":");
    const folders =
        sdk === "kubernetes"
            ? module.replace(".k8s.io", "").replace("helm.sh", "helm").split("/")
            : module
                  .split("/")
                  .slice(0, -1)
                  .filter((folder) => folder !== "index");
    const found = [...folders, name].reduce<unknown>((at, key) => property(at, key), sdks[sdk]);
    // An object of a kind that the SDK does not know.
    return (isClass(found) ? found : kubernetes.apiextensions.CustomResource) as ResourceClass;
}

function property(value: unknown, key: string): unknown {
    return typeof value === "object" && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

function isClass(value: unknown): boolean {
    return typeof value === "function";
}

const resources = JSON.parse(readFileSync(process.env["BENCH_RESOURCES"] ?? "", "utf8")) as FlatResource[];
const providers = new Map<string, pulumi.ProviderResource>();
for (const { type, name, inputs, provider } of resources) {
    if (type.startsWith("pulumi:providers:")) {
        providers.set(name, new Provider(type.slice("pulumi:providers:".length), name, inputs));
        continue;
    }
    const through = provider === undefined ? undefined : providers.get(provider);
    new (classOf(type))(name, inputs, through === undefined ? {} : { provider: through });
}
