import assert from "node:assert/strict";
import { hasMachines, type MachineHouse } from "../../infra/config/schema";
import { at, type CapturedResource, type Graph } from "../support/graph";
import { dataOf } from "../support/protection";
import { replaced } from "../support/replaced";
import { captureHouse, houseConfig, stackConfig } from "../support/stack-graph";

const CLASS = "kubernetes:storage.k8s.io/v1:StorageClass";
const prod = stackConfig("prod");

function captured(storage: Partial<MachineHouse["storage"]>, house = prod): Promise<Graph> {
    return captureHouse("prod", { ...house, storage: { ...house.storage, ...storage } });
}

/** With a clustered database and transcode workers, which prod has not. */
function clustered(): MachineHouse {
    const config = houseConfig("everything-on");
    if (!hasMachines(config)) assert.fail("everything-on has no machines");
    return { ...config, database: { ...config.database, mode: "ha" } };
}

/** What holds data and would be replaced with one of these, as it takes a value from it. */
function drawnAlong(graph: Graph, gone: readonly CapturedResource[]): readonly string[] {
    const urns = new Set(gone.map(({ urn }) => urn));
    return dataOf(graph.resources)
        .filter(({ opts }) => Object.values(opts.propertyDependencies).some((on) => on.some((urn) => urns.has(urn))))
        .map(({ urn }) => urn);
}

describe("another number of copies", function () {
    this.timeout(120_000);
    const graphs = new Map<number, Graph>();
    before(async () => {
        for (const blockReplicas of [1, 2, 3]) graphs.set(blockReplicas, await captured({ blockReplicas }));
    });
    const graphOf = (copies: number): Graph => graphs.get(copies) ?? assert.fail(`no house of ${copies} copies`);

    for (const [from, to] of [
        [1, 2],
        [2, 3],
        [3, 2],
        [2, 1],
    ] as const) {
        it(`replaces classes and nothing else, none of them protected, from ${from} to ${to}`, () => {
            const gone = replaced(graphOf(from), graphOf(to));
            assert.ok(gone.length > 0);
            assert.deepEqual([...new Set(gone.map(({ type }) => type))], [CLASS]);
            assert.deepEqual(
                gone.filter(({ opts }) => opts.protect).map(({ name }) => name),
                [],
            );
            assert.deepEqual(drawnAlong(graphOf(from), gone), []);
        });
    }
});

describe("another number of copies in a house with a clustered database", function () {
    this.timeout(120_000);

    it("replaces classes that nothing which holds data would be replaced with", async () => {
        const [two, three] = [
            await captured({ blockReplicas: 2 }, clustered()),
            await captured({ blockReplicas: 3 }, clustered()),
        ];
        const gone = replaced(two, three);
        assert.ok(gone.some(({ name }) => name === "block-class-database"));
        assert.deepEqual(
            gone.filter(({ opts, type }) => opts.protect || type !== CLASS).map(({ name }) => name),
            [],
        );
        assert.ok(dataOf(two.resources).some(({ type }) => type.endsWith(":Cluster")));
        assert.deepEqual(drawnAlong(two, gone), []);
    });
});

describe("the classes of a house that protects its data", function () {
    this.timeout(120_000);
    let graph: Graph;
    before(async () => {
        graph = await captured({});
    });
    const classes = () => graph.resources.filter(({ type }) => type === CLASS);

    it("are there before claims that ask for them, and outlive them", () => {
        const asked = graph.resources.filter(({ props }) => JSON.stringify(props).includes('"storageClassName":"'));
        const named = asked.flatMap((resource) =>
            [...JSON.stringify(resource.props).matchAll(/"storageClassName":"([^"]+)"/g)].map(
                ([, name]) => [resource, name] as const,
            ),
        );
        assert.ok(named.length >= 5);
        for (const [resource, name] of named) {
            const made = classes().find((one) => at(one, "metadata", "name") === name);
            assert.ok(made, `${resource.name}: ${name ?? ""}`);
            assert.ok(resource.opts.dependsOn.includes(made.urn), `${resource.name} does not wait for ${made.name}`);
        }
    });

    it("change with the NAS, and take nothing along that holds data", async () => {
        const elsewhere = await captured({ nas: { ...prod.storage.nas, address: "192.168.30.11" } });
        const gone = replaced(graph, elsewhere);
        const isVolumeOfLibrary = ({ name }: CapturedResource) => name === "library-jellyfin-volume";
        assert.deepEqual(
            gone.filter(({ opts }) => opts.protect).map(({ name }) => name),
            ["library-jellyfin-volume"],
        );
        assert.deepEqual(
            drawnAlong(
                graph,
                gone.filter((one) => !isVolumeOfLibrary(one)),
            ),
            [],
        );
    });
});
