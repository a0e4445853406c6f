import assert from "node:assert/strict";
import type { KubeObject } from "../../../lab/kube/client";
import { valueAt } from "../../../lab/plain-values";
import { parseArguments } from "../../../scripts/restore/arguments";
import {
    archiveOf,
    clusterOf,
    clusterThen,
    firstMoment,
    liveCluster,
    policyThen,
    type ClusterName,
} from "../../../scripts/restore/moment";
import { parseConfig } from "../../../infra/config/parse";
import { changed, readHouse } from "../../infra/config/houses";
import { installCnpgKinds } from "../../support/cnpg-kinds";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { kubeObjects, Paths } from "../../support/kube-objects";
import { captureHouse } from "../../support/stack-graph";

const AT = "2026-11-28T02:30:00Z";

describe("the words of a way back to a moment", () => {
    it("are a database and a moment in any zone", () => {
        assert.deepEqual(parseArguments(["moment", "jellyfin", "--at", "2026-11-28T03:30:00+01:00", "--dry-run"]), {
            ...{ kind: "moment", name: "jellyfin" },
            wanted: { do: "make", at: new Date(AT), dryRun: true, archive: undefined },
        });
        assert.deepEqual(parseArguments(["moment", "jellyfin", "--at", AT, "--archive", "pg-x1y2z3"]), {
            ...{ kind: "moment", name: "jellyfin" },
            wanted: { do: "make", at: new Date(AT), dryRun: false, archive: "pg-x1y2z3" },
        });
        assert.deepEqual(parseArguments(["moment", "jellyfin", "--remove"]), {
            ...{ kind: "moment", name: "jellyfin", wanted: { do: "remove" } },
        });
    });

    const wrong: readonly [readonly string[], RegExp][] = [
        [[], /^--at: is missing; write a moment like/],
        [["--at", "2026-11-28 02:30:00"], /^--at: "2026-11-28 02:30:00" is no moment with its zone/],
        [["--at", "2026-13-28T02:30:00Z"], /is no moment with its zone/],
        [["--at", "2999-01-01T00:00:00Z"], /is yet to come; write a moment that is over/],
        [["--at", AT, "--archive", "../other"], /^--archive: "\.\.\/other" is no folder of an archive/],
        [["--at", AT, "--remove"], /^--remove: takes no other option/],
        [["--at", AT, "--replace"], /^--replace: is no option of moment/],
    ];
    for (const [options, says] of wrong) {
        it(`are refused where they are "${options.join(" ")}", with the usage`, () => {
            const parse = () => parseArguments(["moment", "jellyfin", ...options]);
            assert.throws(parse, { message: says });
            assert.throws(parse, /npm run restore -- moment <database> --at/);
        });
    }
});

describe("a second server that shows a database as it was", function () {
    this.timeout(120_000);
    const name = "jellyfin-postgres-ha";
    let plane: ControlPlane;
    let paths: Paths;
    let cluster: ClusterName;
    let live: ReturnType<typeof liveCluster>;
    let policy: KubeObject;

    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installCnpgKinds(plane.client, paths);
        const house = changed(readHouse("Pulumi.prod.yaml"), [
            { set: "database", to: { mode: "ha" } },
            { set: "cluster.agents.diskGiB", to: 150 },
        ]);
        const objects = kubeObjects(await captureHouse("prod", parseConfig(house)));
        const wanted = objects.filter(
            ({ kind, metadata }) =>
                (kind === "Namespace" && metadata.name === "jellyfin") ||
                /^(Cluster|Database|ObjectStore)$/.test(kind ?? "") ||
                (kind === "NetworkPolicy" && metadata.name === name),
        );
        for (const object of wanted) await plane.client.apply(await paths.of(object), object, "test");
        const list = "/apis/postgresql.cnpg.io/v1";
        cluster = clusterOf("jellyfin", await plane.client.get(`${list}/databases`));
        live = liveCluster(await plane.client.get(`${list}/namespaces/${cluster.namespace}/clusters/${name}`));
        policy = await plane.client.get(
            `/apis/networking.k8s.io/v1/namespaces/${cluster.namespace}/networkpolicies/${name}`,
        );
    });
    after(() => plane.stop());

    const taken = async (object: Readonly<Record<string, unknown>>) => {
        const metadata = object["metadata"] as KubeObject["metadata"];
        return plane.client.request("PATCH", await paths.of({ ...object, metadata }), {
            body: object,
            contentType: "application/apply-patch+yaml",
            query: { fieldManager: "test", fieldValidation: "Strict", dryRun: "All" },
        });
    };

    it("is of the cluster that has the database, and told by the databases that there are where none has it", () => {
        assert.deepEqual(cluster, { namespace: "jellyfin", name });
        assert.throws(() => clusterOf("radarr", { items: [] }), /^Error: radarr: .*none \(database\.mode: ha\)/);
    });

    it("reads the archive of that cluster up to the moment, and is taken by an API server with the real definitions", async () => {
        const archive = archiveOf(live, undefined);
        const made = await taken(clusterThen(live, archive, new Date(AT)));
        assert.equal(made.metadata.name, `${name}-then`);
        assert.equal(valueAt(made, "spec.bootstrap.recovery.recoveryTarget.targetTime"), "2026-11-28T02:30:00.000Z");
        const [source] = valueAt(made, "spec.externalClusters") as unknown[];
        assert.deepEqual(valueAt(source, "plugin.parameters"), {
            ...{ barmanObjectName: `${name}-archive`, serverName: archive.folder },
        });
        // PostgreSQL reads on only where it may have as many connections as whoever wrote.
        const connections = "spec.postgresql.parameters.max_connections";
        assert.equal(valueAt(made, connections), valueAt(live, connections));
        for (const field of ["imageName", "storage", "resources", "affinity"])
            assert.deepEqual(valueAt(made, `spec.${field}`), valueAt(live, `spec.${field}`), field);
    });

    it("writes into no archive, and waits for no second host", async () => {
        const made = await taken(clusterThen(live, archiveOf(live, "pg-x1y2z3"), new Date(AT)));
        assert.equal(valueAt(made, "spec.plugins"), undefined);
        assert.equal(valueAt(made, "spec.postgresql.synchronous"), undefined);
        assert.equal(valueAt(made, "spec.instances"), 1);
        assert.match(JSON.stringify(made), /"serverName":"pg-x1y2z3"/);
    });

    it("has the ways through the network that the cluster has, and lets in nobody of the cluster's clients", async () => {
        const made = await taken(policyThen(policy, cluster));
        const text = JSON.stringify(valueAt(made, "spec"));
        assert.ok(!text.includes(`"${name}"`), text);
        assert.equal(text.replaceAll(`${name}-then`, name), JSON.stringify(valueAt(policy, "spec")));
        assert.doesNotMatch(text, /"app\.kubernetes\.io\/name":"jellyfin"/);
    });

    it("is refused where the cluster keeps no archive", () => {
        const without = { ...live, spec: { ...live.spec, plugins: [] } };
        assert.throws(() => archiveOf(without, undefined), /keeps no archive \(objectStorage\.kind: none\)/);
    });

    it("knows where the archive begins once there is a base backup", () => {
        const archive = { store: "s", folder: "f" };
        assert.equal(firstMoment({}, archive), undefined);
        const status = { serverRecoveryWindow: { f: { firstRecoverabilityPoint: AT }, other: {} } };
        assert.deepEqual(firstMoment({ status }, archive), new Date(AT));
    });
});
