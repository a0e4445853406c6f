import assert from "node:assert/strict";
import type { Graph } from "../../../support/graph";
import { DOWNLOAD, MAPPING, SNIPPET, VM } from "./agent-machine";
import { type Client, House, type Made } from "./house";
import { captureMachine, ignoredBy, inputsOf, settings, type MachineSettings } from "./program-machine";

type Outcome = "same" | "update" | "replace";

const { machine, network, image } = settings;
const { host } = machine;

/** What a person may write into the configuration, and what it does to the machine that is there. */
const changes: readonly (readonly [title: string, changed: Partial<MachineSettings>, vm: Outcome, snippet: Outcome])[] =
    [
        ["another cloud-config", { cloudConfig: "#cloud-config\nhostname: other\n" }, "same", "replace"],
        ["a newer guest image", { image: { ...image, url: "https://cloud.example/debian-14.qcow2" } }, "same", "same"],
        ["more cores", { machine: { ...machine, cores: 8 } }, "update", "same"],
        ["more memory", { machine: { ...machine, memoryMiB: 16_384 } }, "update", "same"],
        ["a larger disk", { machine: { ...machine, diskGiB: 200 } }, "update", "same"],
        ["another address", { machine: { ...machine, address: "192.168.20.77" } }, "update", "same"],
        ["other resolvers", { network: { ...network, resolvers: ["9.9.9.9"] } }, "update", "same"],
        ["another domain", { network: { ...network, domain: "elsewhere" } }, "update", "same"],
        ["another VLAN", { network: { ...network, vlan: 21 } }, "update", "same"],
        ["no GPU any more", { machine: { ...machine, gpu: undefined } }, "update", "same"],
        ["another number", { machine: { ...machine, vmId: 777 } }, "replace", "same"],
        // Without a replacement it would go on with a file that is no longer there, until its next start.
        [
            "another datastore for snippets",
            { machine: { ...machine, host: { ...host, datastores: { files: "other", disks: "local-lvm" } } } },
            "replace",
            "replace",
        ],
        ["another host", { machine: { ...machine, host: { ...host, name: "pve-2" } } }, "replace", "replace"],
    ];

describe("a change of the configuration", function () {
    this.timeout(60_000);
    let house: House;
    let client: Client;
    let graph: Graph;
    let vm: Made;
    let snippet: Made;

    before(async () => {
        house = await House.start("127.48");
        client = await house.provider();
        graph = await captureMachine(settings);
        await client.create(MAPPING, "mapping", inputsOf(graph, MAPPING));
        await client.create(DOWNLOAD, "image", inputsOf(graph, DOWNLOAD));
        snippet = await client.create(SNIPPET, "snippet", inputsOf(graph, SNIPPET));
        vm = await client.create(VM, "vm", inputsOf(graph, VM));
    });

    after(async () => {
        await client.close();
        await house.close();
    });

    async function outcome(made: Made, changed: Graph): Promise<Outcome> {
        const kinds = Object.values(
            await client.changes(made, inputsOf(changed, made.type), ignoredBy(changed, made.type)),
        );
        if (kinds.some((kind) => kind.endsWith("-replace"))) return "replace";
        return kinds.length === 0 ? "same" : "update";
    }

    for (const [title, changed, ofVm, ofSnippet] of changes) {
        const words = {
            same: "leaves the machine alone",
            update: "changes the machine",
            replace: "replaces the machine",
        };
        it(`to ${title} ${words[ofVm]}${ofSnippet === "replace" ? ", and uploads its cloud-config again" : ""}`, async () => {
            const after = await captureMachine({ ...settings, ...changed });
            assert.deepEqual([await outcome(vm, after), await outcome(snippet, after)], [ofVm, ofSnippet]);
        });
    }
});
