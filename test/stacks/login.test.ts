import assert from "node:assert/strict";
import type { MachineHouse } from "../../infra/config/schema";
import { planInventory } from "../../infra/inventory";
import type { Gate, PlannedNode } from "../../infra/k3s";
import { base } from "../../stacks/base";
import { devHouse } from "../infra/config/houses";
import { captureGraph } from "../support/graph";
import { publicKeys } from "../support/ssh-keys";
import { stackSecrets } from "../support/stack-graph";
import { userDataOf } from "../support/user-data";

/** Nodes that the gate is told to wait for. */
async function plannedNodes(config: MachineHouse): Promise<readonly PlannedNode[]> {
    let found: readonly PlannedNode[] = [];
    const hosts = config.hosts.map(({ name }) => ({ name, datastores: [] }));
    const gate: Gate = ({ kubeconfig, planned }) => {
        found = planned;
        return kubeconfig;
    };
    const lookout = { gate, observe: () => Promise.resolve({ hosts, guests: [] }) };
    await captureGraph(() => void base(config, stackSecrets(), planInventory(config), lookout));
    return found;
}

function sshUsers(nodes: readonly PlannedNode[]): (string | undefined)[] {
    return nodes.map((node) => (node.vmId === undefined ? undefined : node.sshUser));
}

describe("the SSH keys of a house", () => {
    const withKeys = devHouse({ set: "cluster.sshAuthorizedKeys", to: publicKeys });

    it("are in the user-data of each of its machines", () => {
        for (const { machine, text } of userDataOf(withKeys))
            for (const key of publicKeys) assert.ok(text.includes(key.split(" ")[1] ?? "?"), machine.name);
    });

    it("are why the gate names SSH as a way into them", async () => {
        const users = sshUsers(await plannedNodes(withKeys));
        assert.equal(users.length, userDataOf(withKeys).length);
        assert.ok(users.every((user) => user === "debian"));
    });

    it("are not there for the gate where the list is empty or left out", async () => {
        for (const config of [devHouse(), devHouse({ set: "cluster.sshAuthorizedKeys", to: [] })]) {
            const users = sshUsers(await plannedNodes(config));
            assert.ok(users.length > 0 && users.every((user) => user === undefined));
        }
    });
});
