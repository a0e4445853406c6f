import assert from "node:assert/strict";
import { parse } from "yaml";
import { upgradedLabels } from "../../components/upgrades";
import { K3S_VERSION } from "../../components/versions";
import type { MachineHouse } from "../../infra/config/schema";
import { planInventory } from "../../infra/inventory";
import { stackConfig } from "../support/stack-graph";
import { userDataOf } from "../support/user-data";

interface Document {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
}

/** What the kubelet of each machine is told by k3s' configuration, by role. */
function kubeletArguments(config: MachineHouse) {
    return userDataOf(config).map(({ machine: { role }, text }) => {
        const { write_files: files } = parse(text) as Document;
        const content = files.find(({ path }) => path === "/etc/rancher/k3s/config.yaml")?.content ?? "";
        return { role, args: (parse(content) as { "kubelet-arg"?: string[] })["kubelet-arg"] ?? [] };
    });
}

function house(upgrades: "off" | "automatic"): MachineHouse {
    const config = stackConfig("prod");
    return { ...config, cluster: { ...config.cluster, upgrades } };
}

describe("machines of a house whose upgrades are automatic", () => {
    it("join as nodes on which the plan of their role is carried out, by the release that they install", () => {
        for (const { machine, text } of userDataOf(house("automatic")))
            assert.ok(text.includes(`INSTALL_K3S_VERSION=${K3S_VERSION} `), machine.name);
        const labels = upgradedLabels(K3S_VERSION);
        for (const { role, args } of kubeletArguments(house("automatic")))
            assert.deepEqual(args, [`node-labels+=${Object.entries(labels[role]).flat().join("=")}`]);
    });

    it("are not asked for that label afterwards: it is the controller's to change", () => {
        const { servers, agents } = planInventory(house("automatic"));
        const labels = [...servers, ...agents].flatMap((machine) => Object.keys(machine.labels));
        assert.deepEqual(
            labels.filter((label) => label.includes("cattle.io")),
            [],
        );
    });

    it("are told nothing of plans where there are none", () => {
        assert.deepEqual(
            kubeletArguments(house("off")).flatMap(({ args }) => args),
            [],
        );
    });
});
