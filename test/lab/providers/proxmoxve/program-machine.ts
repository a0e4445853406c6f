import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GpuPassthrough, HostImage, Machine, type GuestImage, type MachineNetwork } from "../../../../infra/proxmox";
import type { Machine as PlannedMachine } from "../../../../infra/inventory";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { isProperties, jsonSetting } from "../../../../lab/providers/kit/values";
import { captureGraph, only, type CapturedResource, type Graph } from "../../../support/graph";
import { agent } from "../../../support/planned";

export const mapping = {
    name: "igpu-uhd",
    model: "uhd",
    entries: [
        {
            host: "pve-1",
            gpu: { model: "uhd", path: "0000:00:02.0", id: "8086:3e92", subsystemId: "17aa:3136", iommuGroup: 0 },
        },
    ],
};

/** What a house decides about one of its machines. */
export interface MachineSettings {
    readonly machine: PlannedMachine;
    readonly network: MachineNetwork;
    readonly image: GuestImage;
    readonly cloudConfig: string;
}

/** An agent with a GPU. */
export const settings: MachineSettings = {
    machine: { ...agent, gpu: { model: "uhd", vendor: "intel", mapping: mapping.name } },
    network: {
        cidr: "192.168.20.0/24",
        gateway: "192.168.20.1",
        bridge: "vmbr0",
        vlan: 20,
        resolvers: ["1.1.1.1"],
        domain: "lan",
    },
    image: {
        url: "https://cloud.example/debian-13-generic-amd64.qcow2",
        checksum: "0".repeat(128),
        checksumAlgorithm: "sha512",
    },
    cloudConfig: "#cloud-config\n",
};

/** Everything that the program makes for one machine, under mocks. */
export function captureMachine({ machine, network, image, cloudConfig }: MachineSettings): Promise<Graph> {
    return captureGraph(() => {
        new Machine("agent", {
            machine,
            network,
            image: new HostImage("image", { host: machine.host, image }),
            gpu: new GpuPassthrough("igpu", { mapping }).mapping,
            cloudConfig: pulumi.output(cloudConfig),
            beforeCreate: () => undefined,
        });
    });
}

/** The inputs of the one resource of a type, as a provider takes them. */
export function inputsOf(graph: Graph, type: string): Properties {
    const inputs = jsonSetting(JSON.stringify(only(graph, type).props));
    return isProperties(inputs) ? inputs : assert.fail(type);
}

/** What the engine does not look at. */
export function ignoredBy(graph: Graph, type: string): CapturedResource["opts"]["ignoreChanges"] {
    return only(graph, type).opts.ignoreChanges;
}
