import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { parseConfig } from "../../../infra/config/parse";
import { hasMachines } from "../../../infra/config/schema";
import { planInventory, type Inventory } from "../../../infra/inventory";
import { K3sCluster } from "../../../infra/k3s";
import { isRecord, valueAt } from "../../../lab/plain-values";
import type { CallContext, Properties, Provider } from "../../../lab/providers/kit/provider";
import { createProvider as createRandom } from "../../../lab/providers/random";
import { createProvider as createTls } from "../../../lab/providers/tls";
import { clusterArgs } from "../../../stacks/cluster-args";

/** What the program tells its machines, made by the program itself with real keys. */
export interface Papers {
    readonly inventory: Inventory;
    /** User-data by machine. */
    readonly userData: ReadonlyMap<string, string>;
    /** The administrator's kubeconfig, known before any machine exists. */
    readonly kubeconfig: string;
}

/**
 * Runs the program's K3sCluster for the house of `Pulumi.dev.yaml`, moved to `127.<slot>.x.y`.
 * @param network settings of that area in place of the house's
 */
export async function programPapers(slot: number, network: Readonly<Record<string, unknown>> = {}): Promise<Papers> {
    const text = readFileSync(resolve(__dirname, "../../../Pulumi.dev.yaml"), "utf8");
    const areas = areasOf(text.replaceAll(/\b127\.0\.(\d+\.\d+)/g, `127.${slot}.$1`));
    const given = areas["network"];
    const config = parseConfig({ ...areas, network: { ...(isRecord(given) ? given : {}), ...network } });
    if (!hasMachines(config)) throw new Error("the house is on an existing cluster");
    const inventory = planInventory(config);
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: make });
    const cluster = new K3sCluster("house", clusterArgs(config, inventory));
    const machines = [...inventory.servers, ...inventory.agents];
    const texts = machines.map(async (machine) => [machine.name, await valueOf(cluster.cloudConfig(machine))] as const);
    return { inventory, userData: new Map(await Promise.all(texts)), kubeconfig: await valueOf(cluster.kubeconfig) };
}

function areasOf(text: string): Record<string, unknown> {
    const config = valueAt(parse(text), "config");
    const areas = Object.entries(isRecord(config) ? config : {}).filter(([key]) => key.startsWith("homelab:"));
    return Object.fromEntries(areas.map(([key, value]) => [key.slice("homelab:".length), value]));
}

/** Makes what the program asks for by the lab's plugins, without an engine between. */
async function make({ type, name, ...args }: pulumi.runtime.MockResourceArgs) {
    const inputs = plain(args.inputs);
    const provider = providerOf(type);
    if (!provider) return { id: name, state: inputs };
    const context: CallContext = { urn: name, signal: new AbortController().signal, log: () => undefined };
    const request = { urn: name, type, name, olds: {}, news: inputs, randomSeed: new Uint8Array(32) };
    const checked = await provider.check(request, context);
    if (checked.failures.length > 0) throw new Error(`${name}: ${JSON.stringify(checked.failures)}`);
    const created = { urn: name, type, inputs: checked.inputs, preview: false, timeoutSeconds: 0 };
    const { id, outputs } = await provider.create(created, context);
    return { id, state: outputs };
}

function providerOf(type: string): Provider | undefined {
    if (type.startsWith("tls:")) return createTls();
    return type.startsWith("random:") ? createRandom() : undefined;
}

/** Signature of a secret on the wire (pulumi/pulumi: sdk/go/common/resource/sig). */
const SECRET_KEY = "4dabf18193072939515e22adb298388d";

/** The same values with no secret wrapped. */
function plain(inputs: unknown): Properties {
    return JSON.parse(JSON.stringify(inputs), (_key, value: unknown) =>
        isRecord(value) && SECRET_KEY in value && "value" in value ? value["value"] : value,
    ) as Properties;
}

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((done) => output.apply(done));
}
