import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { longhornValues } from "../../../components/storage";
import { pause } from "../../../lab/pause";
import { catalogue } from "../../../lab/providers/catalogue";
import type { ProviderFactory } from "../../../lab/providers/kit/provider";
import { startEngine, type Engine } from "../../support/engine";
import { eventually } from "../../support/eventually";
import { openHouse, ready, type House } from "../cluster/house";
import { apply, install } from "../cluster/workloads";
import { contents, labelsOfNodes, podsIn } from "./cluster-contents";

const AGENTS = ["k3s-agent-1", "k3s-agent-2", "k3s-agent-3"] as const;
const ZONE = "topology.kubernetes.io/zone";
const CLASS = "block-of-the-cluster";
/** What controllers make of what was installed comes within it, milliseconds, also on a busy machine. */
const QUIET_MS = 4_000;

/** Three nodes of three hosts, with one class for all volumes and a cert-manager. */
const RIGHT = {
    house: { name: "managed", domain: "media.example.org", protectData: false, readinessBudgetMinutes: 0.1 },
    cluster: {
        kind: "existing",
        name: "managed",
        nodes: AGENTS.map((name, index) => ({ name, host: `pve-${index + 1}` })),
        storageClasses: { block: CLASS, shared: CLASS },
        certManager: "present",
    },
    storage: { libraryGiB: 2 },
    jellyfin: { host: "films.media.example.org", gpu: false, transcodeGiB: 2, cacheGiB: 1, databaseGiB: 1 },
    objectStorage: { kind: "none", reason: "the cluster is thrown away" },
};

describe("a house on a cluster that was there before", function () {
    this.timeout(180_000);
    let house: House;
    let engine: Engine;
    let foundThere: readonly string[] = [];
    let labelsBefore: Readonly<Record<string, unknown>>;

    /** Writes the program for a configuration; the kubeconfig is the administrator's. */
    const program = async (
        changes: { cluster?: object; jellyfin?: object; storage?: object } = {},
        entrance: "houseOnExisting" | "nodesOnExisting" = "houseOnExisting",
    ) => {
        const areas = {
            ...RIGHT,
            cluster: { ...RIGHT.cluster, ...changes.cluster },
            jellyfin: { ...RIGHT.jellyfin, ...changes.jellyfin },
            storage: changes.storage ?? RIGHT.storage,
        };
        const kubeconfig = join(engine.folder, "kubeconfig-of-the-cluster");
        writeFileSync(kubeconfig, house.papers.kubeconfig, { mode: 0o600 });
        const file = JSON.stringify(join(__dirname, "existing-program.ts"));
        await engine.program(
            `require("tsx/cjs");
             module.exports = require(${file}).${entrance}(${JSON.stringify(areas)}, ${JSON.stringify(kubeconfig)});`,
        );
    };
    const untouched = async () => {
        assert.deepEqual(await contents(house.client), foundThere);
        assert.deepEqual(await labelsOfNodes(house.client), labelsBefore);
    };

    before(async () => {
        house = await openHouse();
        for (const name of ["k3s-server-1", ...AGENTS]) await house.machine(name).on();
        for (const name of AGENTS) await ready(house.client, name);
        await eventually("the default ServiceAccount is there", () =>
            house.client.find("/api/v1/namespaces/default/serviceaccounts/default"),
        );
        await apply(house.client, {
            ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: CLASS } },
            provisioner: "driver.longhorn.io",
        });
        await install(house.client, "longhorn", { ...longhornValues({ replicas: 2, disposable: true }) });
        await install(house.client, "cert-manager", { crds: { enabled: true } });
        const plugins = await Promise.all(
            ["kubernetes", "random", "tls"].map(
                async (name): Promise<[string, { npmPackage: string; factory: ProviderFactory }]> => {
                    const { npmPackage = "", load } = catalogue[name] ?? {};
                    if (load === undefined) throw new Error(`the lab has no plugin ${name}`);
                    return [name, { npmPackage, factory: await load() }];
                },
            ),
        );
        engine = await startEngine({ plugins: Object.fromEntries(plugins) });
        await eventually("nothing new comes by itself", async () => {
            const before = foundThere;
            await pause(QUIET_MS);
            foundThere = await contents(house.client);
            return JSON.stringify(foundThere) === JSON.stringify(before);
        });
        labelsBefore = await labelsOfNodes(house.client);
    });
    after(async () => {
        await engine.close();
        await house.stop();
    });

    it("tells what needs a thing that no node has before it asks the cluster anything", async () => {
        await program({ cluster: { storageClasses: {} }, jellyfin: { gpu: true }, storage: {} });
        const { code, output } = await engine.up();
        assert.notEqual(code, 0);
        assert.match(output, /3 mistakes in the configuration; nothing was changed\./);
        for (const line of [
            /storage\.nas: is missing, and so is cluster\.storageClasses\.shared \(/,
            /storage\.blockReplicas: 2 is more than the 0 hosts that can take one \(.* nfs: true for Longhorn/,
            /jellyfin\.replicas: 2 is more than the 0 hosts that can take one \(.*a gpu.*\); set jellyfin\.gpu: false/,
        ])
            assert.match(output, line);
        await untouched();
    });

    it("names a node that is not there when its time is up, and has made nothing until then", async () => {
        await program({ cluster: { nodes: [...RIGHT.cluster.nodes, { name: "nobody" }] } });
        const { code, output, errors } = await engine.up();
        assert.notEqual(code, 0);
        assert.match(output, /cluster: 1 of 4 planned nodes are not ready after 0\.1 min/);
        assert.match(output, /nobody: has not joined; remove it from cluster\.nodes where it is gone for good/);
        assert.equal(errors.filter((error) => error.includes("nobody")).length, 1, output);
        await untouched();
    });

    it("tells at once all that the cluster is not, and overwrites no label of others", async () => {
        const [first, second, third] = RIGHT.cluster.nodes;
        const nodes = [first, { ...second, host: "under-the-stairs" }, third];
        await program({ cluster: { nodes, storageClasses: { block: "fast", shared: CLASS }, certManager: "own" } });
        const { code, output } = await engine.up();
        assert.notEqual(code, 0);
        assert.match(output, /the cluster is not as the configuration has it; nothing was changed in it\./);
        for (const line of [
            /cluster\.nodes\[1\]\.host: k3s-agent-2 would get \S+=under-the-stairs, and carries \S+=pve-2 of .*; write host: pve-2/,
            new RegExp(
                `cluster\\.storageClasses\\.block: fast is no storage class of the cluster .*; write .*${CLASS}`,
            ),
            /cluster\.certManager: is own, and there is a cert-manager in default already .*; write present/,
        ])
            assert.match(output, line);
        await untouched();
    });

    it("comes up on the nodes that it was given, without a machine and without a second cert-manager", async () => {
        await program();
        const { code, output } = await engine.up();
        assert.equal(code, 0, output);
        const types = (await engine.resources()).map(({ type }) => type);
        assert.deepEqual(
            types.filter((type) => /^proxmoxve:|helm\.sh.*Release/.test(type)),
            [],
        );
        const pods = await podsIn(house.client, "jellyfin");
        assert.deepEqual(
            pods.filter(({ node }) => !AGENTS.some((name) => name === node)),
            [],
        );
        const films = pods.filter(({ name }) => /^jellyfin-\d$/.test(name));
        assert.equal(new Set(films.map(({ node }) => node)).size, 2);
        assert.match(String((await engine.outputs())["clusterUrl"]), /^https:\/\/127\./);
        await eventually("the house has its certificate", () =>
            house.client.find("/api/v1/namespaces/house-certificate/secrets/house-tls"),
        );
    });

    it("changes nothing when it is brought up again", async () => {
        const again = await engine.up("--expect-no-changes");
        assert.equal(again.code, 0, again.output);
    });

    it("goes without a trace, and leaves what was there", async () => {
        const { code, output } = await engine.destroy();
        assert.equal(code, 0, output);
        await eventually("its volumes are gone", async () => {
            const now = await contents(house.client);
            if (now.length === foundThere.length) return true;
            throw new Error(now.filter((each) => !foundThere.includes(each)).join("\n"));
        });
        await untouched();
        for (const [index, name] of AGENTS.entries()) {
            const labels = (await labelsOfNodes(house.client))[name];
            assert.equal(labels?.[ZONE], `pve-${index + 1}`);
        }
    });

    it("makes no empty node in the place of one that its provider has renewed", async () => {
        const [first, second, third] = RIGHT.cluster.nodes;
        await program({}, "nodesOnExisting");
        const before = await engine.up();
        assert.equal(before.code, 0, before.output);
        const gone = third?.name ?? "";
        await house.client.request("DELETE", `/api/v1/nodes/${gone}`);
        const renewed = { name: "k3s-server-1", host: "pve-1" };
        await program({ cluster: { nodes: [first, second, renewed] } }, "nodesOnExisting");
        const { code, output } = await engine.up();
        assert.equal(code, 0, output);
        const patches = (await engine.resources()).filter(({ type }) => type === "kubernetes:core/v1:NodePatch");
        assert.deepEqual(patches.map(({ urn }) => urn.split("::").pop()).sort(), [
            "node-k3s-agent-1",
            "node-k3s-agent-2",
            "node-k3s-server-1",
        ]);
        assert.deepEqual(
            Object.keys(await labelsOfNodes(house.client)).filter((name) => name === gone),
            [],
        );
    });
});
