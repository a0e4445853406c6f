import assert from "node:assert/strict";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import { HighAvailability, placementRules } from "../../../infra/proxmox";
import { at, captureGraph, ofType, only, type Graph } from "../../support/graph";
import { agent, servers } from "../../support/planned";

const RESOURCE = "proxmoxve:index/haresource:Haresource";
const RULE = "proxmoxve:index/harule:Harule";
const machines = [...servers, agent];

describe("the rules of where machines run", () => {
    it("hold each machine to the host that it was planned on, each host with one rule for all of its machines", () => {
        const stay = placementRules("home", machines).filter(({ kind }) => kind !== "apart");
        assert.deepEqual(
            stay.map(({ rule, machines: held }) => [rule, ...held.map(({ name }) => name)]),
            [
                ["home-on-pve-1", "server-1", "agent-1"],
                ["home-on-pve-2", "server-2"],
                ["home-on-pve-3", "server-3"],
            ],
        );
    });

    it("keep the servers apart", () => {
        const apart = placementRules("home", machines).find(({ kind }) => kind === "apart");
        assert.deepEqual(
            [apart?.rule, ...(apart?.machines ?? []).map(({ name }) => name)],
            ["home-servers-apart", "server-1", "server-2", "server-3"],
        );
    });

    it("do not keep apart what is together by plan, nor one server from itself", () => {
        const [first, second] = servers;
        const together = [first, { ...second, host: first.host }];
        for (const some of [together, [first]]) {
            assert.ok(placementRules("home", some).every(({ kind }) => kind !== "apart"));
        }
    });
});

describe("high availability by Proxmox", () => {
    let graph: Graph;
    before(async () => {
        graph = await captureGraph(() => {
            const placed = machines.map((machine) => {
                const { vmId, host, name } = machine;
                return { machine, vm: new proxmox.VmLegacy(`${name}-vm`, { nodeName: host.name, vmId }) };
            });
            new HighAvailability("ha", { clusterName: "home", machines: placed });
        });
    });

    it("starts machines again where they are, and never elsewhere", () => {
        for (const resource of ofType(graph, RESOURCE)) {
            assert.deepEqual(
                [at(resource, "state"), at(resource, "maxRestart"), at(resource, "maxRelocate")],
                ["started", 3, 0],
            );
        }
        assert.deepEqual(
            ofType(graph, RESOURCE).map((resource) => at(resource, "resourceId")),
            ["vm:200", "vm:201", "vm:202", "vm:201"],
        );
    });

    it("takes the number of what is managed from the machine, so that it goes before the machine does", () => {
        for (const { name } of machines) {
            const { opts } = only(graph, RESOURCE, `${name}-managed`);
            assert.match(opts.propertyDependencies["resourceId"]?.join() ?? "", new RegExp(`::${name}-vm$`));
        }
    });

    it("makes its rules after the manager knows all of their machines", () => {
        for (const rule of ofType(graph, RULE)) {
            for (const { name } of machines) {
                assert.ok(
                    rule.opts.dependsOn.some((urn) => urn.endsWith(`::${name}-managed`)),
                    `${rule.name} ${name}`,
                );
            }
        }
    });

    it("tells strict rules by host, and one for servers that is negative", () => {
        assert.deepEqual(at(only(graph, RULE, "home-on-pve-2"), "nodes"), { "pve-2": 1 });
        assert.equal(at(only(graph, RULE, "home-on-pve-2"), "strict"), true);
        assert.equal(at(only(graph, RULE, "home-servers-apart"), "affinity"), "negative");
    });
});
