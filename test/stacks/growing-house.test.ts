import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { parseConfig } from "../../infra/config/parse";
import { hasMachines, type MachineHouse, type RawHomelabConfig } from "../../infra/config/schema";
import { planInventory } from "../../infra/inventory";
import { base } from "../../stacks/base";
import { anyGrowth } from "../infra/houses-at-random";
import { captureGraph, ofType, type CapturedResource } from "../support/graph";
import { stackSecrets } from "../support/stack-graph";

const VM = "proxmoxve:index/vmLegacy:VmLegacy";
const MAPPING = "proxmoxve:hardware/mapping/pci:Pci";
/** Each captures two houses, which takes a second or two; what is pure is asked of more of them in test/infra. */
const houses = { numRuns: 5 };

function checked(house: RawHomelabConfig): MachineHouse {
    const config = parseConfig(house);
    return hasMachines(config) ? config : assert.fail("a house without machines");
}

/** Machines and mappings of a house, as the engine is told, by URN. */
async function resourcesOf(house: RawHomelabConfig): Promise<Map<string, CapturedResource>> {
    const config = checked(house);
    const hosts = config.hosts.map(({ name }) => ({ name, datastores: [] }));
    const lookout = {
        gate: ({ kubeconfig }: { kubeconfig: pulumi.Output<string> }) => kubeconfig,
        observe: () => Promise.resolve({ hosts, guests: [] }),
    };
    const graph = await captureGraph(() => void base(config, stackSecrets(), planInventory(config), lookout));
    return new Map([...ofType(graph, VM), ...ofType(graph, MAPPING)].map((resource) => [resource.urn, resource]));
}

describe("a house that gets one more host, or loses it again", function () {
    this.timeout(120_000);

    it("tells the engine the same of every machine that it had, and keeps every mapping under its name", async () => {
        await fc.assert(
            fc.asyncProperty(anyGrowth, async ({ smaller, larger }) => {
                const [before, after] = [await resourcesOf(smaller), await resourcesOf(larger)];
                for (const [urn, old] of before) {
                    const now = after.get(urn);
                    assert.ok(now, `${urn} is gone`);
                    if (old.type === MAPPING) assert.equal(now.props["name"], old.props["name"]);
                    else assert.deepEqual(now, old);
                }
            }),
            houses,
        );
    });
});
