import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../../infra/config/parse";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { house } from "../../stacks/house";
import { readHouse } from "../infra/config/houses";
import { at, captureGraph, ofType, only, type Graph } from "../support/graph";
import { stackSecrets } from "../support/stack-graph";

const RESOURCE = "proxmoxve:index/haresource:Haresource";
const RULE = "proxmoxve:index/harule:Harule";

describe("the program for nine hosts with high availability by Proxmox", () => {
    let graph: Graph;
    before(async () => {
        const config = parseConfig(readHouse("test/fixtures/valid/nine-hosts.yaml"));
        const hosts = Array.from({ length: 9 }, (_, index) => ({ name: `pve-${index + 1}`, datastores: [] }));
        const lookout = {
            gate: ({ kubeconfig }: { kubeconfig: pulumi.Output<string> }) => kubeconfig,
            observe: () => Promise.resolve({ hosts, guests: [] }),
        };
        graph = await captureGraph(() => house(config, stackSecrets(), lookout));
    });

    it("has every machine managed, and held to its host by one rule", () => {
        const machines = ofType(graph, "proxmoxve:index/vmLegacy:VmLegacy").map((vm) => `vm:${String(at(vm, "vmId"))}`);
        const managed = ofType(graph, RESOURCE).map((resource) => at(resource, "resourceId"));
        const held = ofType(graph, RULE)
            .filter((rule) => at(rule, "type") === "node-affinity")
            .flatMap((rule) => at(rule, "resources"));
        assert.deepEqual(managed.sort(), machines.sort());
        assert.deepEqual(held.sort(), machines);
    });

    it("keeps its five servers apart", () => {
        const servers = at(only(graph, RULE, "manor-servers-apart"), "resources");
        assert.equal(Array.isArray(servers) && servers.length, 5);
    });

    it("keeps to every rule of the policy pack", () => {
        const { violations, broken } = checkAll(rules, graph.resources, dayOf(new Date()));
        assert.deepEqual({ violations, broken }, { violations: [], broken: [] });
    });
});
