import assert from "node:assert/strict";
import { dayOf } from "../../policies/model/day";
import { checkAll } from "../../policies/model/run";
import { rules } from "../../policies/rules";
import { installCnpgKinds } from "../support/cnpg-kinds";
import { startControlPlane, type ControlPlane } from "../support/control-plane";
import { at, only, type Graph } from "../support/graph";
import { kubeObjects, installTraefikKinds, Paths } from "../support/kube-objects";
import { captureHouse } from "../support/stack-graph";
import { changed, readHouse, type Change } from "../infra/config/houses";
import { parseConfig } from "../../infra/config/parse";
import { hasMachines } from "../../infra/config/schema";

const external = { existingSecret: "pg", network: "192.168.30.0/24" };
const modes = {
    single: { mode: "single" },
    ha: { mode: "ha" },
    external: { mode: "external", external },
} as const;
/** The same houses while their data moves. */
const moves = {
    "single to ha": { mode: "ha", moveFrom: "single" },
    "ha to single": { mode: "single", moveFrom: "ha" },
    "single to external": { mode: "external", moveFrom: "single", external },
    "external to ha": { mode: "ha", moveFrom: "external", external },
} as const;
const databases = { ...modes, ...moves };
type Name = keyof typeof databases;
const names: readonly Name[] = [
    ...(["single", "ha", "external"] as const),
    ...(["single to ha", "ha to single", "single to external", "external to ha"] as const),
];

function build(name: Name, more: readonly Change[] = []): Promise<Graph> {
    const house = changed(readHouse("Pulumi.prod.yaml"), [
        { set: "database", to: databases[name] },
        { set: "cluster.agents.diskGiB", to: 150 },
        ...more,
    ]);
    const config = parseConfig(house);
    assert.ok(hasMachines(config));
    return captureHouse("prod", config);
}

const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster";

describe("a house with its database in each mode", function () {
    this.timeout(120_000);
    let plane: ControlPlane;
    let paths: Paths;
    const graphs = new Map<string, Graph>();
    const graphOf = (mode: Name) => graphs.get(mode) ?? assert.fail(mode);

    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installTraefikKinds(plane.client, paths);
        await installCnpgKinds(plane.client, paths);
        for (const mode of names) graphs.set(mode, await build(mode));
    });
    after(() => plane.stop());

    async function refusal(object: ReturnType<typeof kubeObjects>[number]): Promise<string | undefined> {
        try {
            await plane.client.request("PATCH", await paths.of(object), {
                body: object,
                contentType: "application/apply-patch+yaml",
                query: {
                    ...{ fieldManager: "test", force: "true", fieldValidation: "Strict" },
                    dryRun: object.kind === "Namespace" ? undefined : "All",
                },
            });
            return undefined;
        } catch (error) {
            return `${object.kind} ${object.metadata.name}: ${String(error)}`;
        }
    }

    const isDatabases = ({ apiVersion = "", metadata, kind }: ReturnType<typeof kubeObjects>[number]) =>
        kind === "Namespace" ||
        apiVersion.includes("cnpg.io") ||
        (!apiVersion.includes("longhorn") && /postgres|database/.test(metadata.name ?? ""));

    for (const mode of names) {
        it(`keeps to every rule of the policy pack (${mode})`, () => {
            const { violations, notChecked, broken } = checkAll(rules, graphOf(mode).resources, dayOf(new Date()));
            assert.deepEqual({ violations, notChecked, broken }, { violations: [], notChecked: [], broken: [] });
        });

        it(`has its objects taken by an API server with the real definitions (${mode})`, async () => {
            const refused: string[] = [];
            for (const object of kubeObjects(graphOf(mode)).filter(isDatabases)) {
                refused.push(...[await refusal(object)].filter((text) => text !== undefined));
            }
            assert.deepEqual(refused, []);
        });

        it(`dumps to one folder, whoever runs the server (${mode})`, () => {
            const dump = only(graphOf(mode), "kubernetes:batch/v1:CronJob", "jellyfin-database-backup-dump-cronjob");
            const env = at(dump, ...["spec", "jobTemplate", "spec", "template", "spec", "containers", 1, "env"]);
            const target = (env as { name: string; value?: string }[]).find(({ name }) => name === "TARGET");
            assert.match(target?.value ?? "", /^house:[a-z0-9-]+\/jellyfin$/);
        });
    }

    it("would have a wrong field of a cluster refused", async () => {
        const [cluster] = kubeObjects(graphOf("ha")).filter(({ kind }) => kind === "Cluster");
        assert.ok(cluster);
        const wrong = { ...cluster, spec: { ...(cluster["spec"] as object), instance: 3 } };
        assert.match((await refusal(wrong)) ?? "", /spec\.instance: field not declared in schema/);
    });

    it("spreads a cluster over three hosts, required, and commits on two of them", () => {
        const cluster = only(graphOf("ha"), CLUSTER);
        assert.equal(at(cluster, "spec", "instances"), 3);
        assert.deepEqual(
            ["enablePodAntiAffinity", "podAntiAffinityType", "topologyKey"].map((key) =>
                at(cluster, "spec", "affinity", key),
            ),
            [true, "required", "topology.kubernetes.io/zone"],
        );
        assert.deepEqual(at(cluster, "spec", "postgresql", "synchronous"), {
            ...{ method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
        });
        assert.deepEqual(at(cluster, "spec", "postgresql", "pg_hba"), [
            "host sameuser all all scram-sha-256",
            "host all all all reject",
        ]);
    });

    it("lets another server of a cluster take over well before ten seconds, however the last one ended", () => {
        const cluster = only(graphOf("ha"), CLUSTER);
        const seconds = (key: string) => Number(at(cluster, "spec", "primaryLease", key));
        const [lease, renewal, retry] = [
            seconds("leaseDurationSeconds"),
            seconds("renewDeadlineSeconds"),
            seconds("retryPeriodSeconds"),
        ];
        // Two of the operator's own rules, and what is left for noticing and promoting.
        assert.ok(lease > renewal && renewal > 1.2 * retry, `${lease} ${renewal} ${retry}`);
        assert.ok(lease + retry <= 5);
        assert.equal(at(cluster, "spec", "smartShutdownTimeout"), 0);
        assert.equal(at(cluster, "spec", "postgresql", "parameters", "wal_retrieve_retry_interval"), "1s");
    });

    it("archives a cluster to the bucket, with a base backup a day", () => {
        const graph = graphOf("ha");
        const plugin = (key: string) => at(only(graph, CLUSTER), "spec", "plugins", 0, key);
        assert.equal(plugin("isWALArchiver"), true);
        const store = only(graph, "kubernetes:barmancloud.cnpg.io/v1:ObjectStore");
        assert.equal(
            at(only(graph, CLUSTER), ...["spec", "plugins", 0, "parameters", "barmanObjectName"]),
            at(store, "metadata", "name"),
        );
        assert.match(String(at(store, "spec", "configuration", "destinationPath")), /^s3:\/\//);
        assert.equal(at(store, "spec", "retentionPolicy"), "90d");
        assert.equal(
            at(only(graph, "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup"), "spec", "schedule"),
            "0 0 3 * * *",
        );
    });

    it("gives each life of a cluster a folder of its own, or a new one would be refused that of the last", () => {
        const graph = graphOf("ha");
        assert.match(
            String(at(only(graph, CLUSTER), "spec", "plugins", 0, "parameters", "serverName")),
            /^jellyfin-postgres-ha-./,
        );
        only(graph, "random:index/randomString:RandomString", "jellyfin-postgres-ha-archive-life");
    });

    it("limits what works beside each server, and asks no checksums of servers that are not Amazon's", async () => {
        const sidecar = (graph: Graph) =>
            at(only(graph, "kubernetes:barmancloud.cnpg.io/v1:ObjectStore"), "spec", "instanceSidecarConfiguration");
        const amazons = sidecar(graphOf("ha"));
        assert.deepEqual(Object.keys(amazons as object), ["resources"]);
        assert.match(JSON.stringify(amazons), /"limits":\{"memory":"\d+Mi"\}/);
        const own = await build("ha", [
            {
                set: "objectStorage",
                to: { kind: "s3", endpoint: "https://192.168.30.10:9000" },
            },
        ]);
        assert.match(JSON.stringify(sidecar(own)), /"AWS_REQUEST_CHECKSUM_CALCULATION","value":"when_required"/);
    });

    it("brings the plugin only where there is a bucket, and waits only there for a server that was killed", async () => {
        const releases = (graph: Graph) =>
            graph.resources.filter(({ type }) => type.endsWith(":Release")).map((one) => String(at(one, "chart")));
        assert.ok(releases(graphOf("ha")).includes("plugin-barman-cloud"));
        const without = await build("ha", [
            { set: "objectStorage", to: { kind: "none", reason: "it lives for minutes" } },
        ]);
        assert.ok(releases(without).includes("cloudnative-pg"));
        assert.ok(!releases(without).includes("plugin-barman-cloud"));
        assert.equal(at(only(without, CLUSTER), "spec", "plugins"), undefined);
        // Whoever asks an archive takes long to follow another server: the one that was killed is waited for, and only there.
        assert.equal(at(only(graphOf("ha"), CLUSTER), "spec", "failoverDelay"), 3);
        assert.equal(at(only(without, CLUSTER), "spec", "failoverDelay"), undefined);
    });

    it("lets a client in at the pods that the operator makes, which carry labels of the operator's choice", () => {
        const door = only(
            graphOf("ha"),
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            "jellyfin-web-to-jellyfin-postgres-ha",
        );
        assert.deepEqual(at(door, "spec", "podSelector", "matchLabels"), {
            "app.kubernetes.io/name": "postgresql",
            "app.kubernetes.io/instance": "jellyfin-postgres-ha",
            "app.kubernetes.io/component": "database",
        });
    });

    it("would delete something protected by any change of the mode, which the engine refuses", () => {
        const kept = (mode: Name) =>
            new Set(
                graphOf(mode)
                    .resources.filter(({ opts, custom }) => custom && opts.protect)
                    .map(({ urn }) => urn),
            );
        for (const [from, to] of [
            ["single", "ha"],
            ["single", "external"],
            ["ha", "single"],
            ["ha", "external"],
        ] as const) {
            const after = new Set(graphOf(to).resources.map(({ urn }) => urn));
            const lost = [...kept(from)].filter((urn) => !after.has(urn));
            assert.ok(
                lost.some((urn) => /StatefulSet|:Cluster::/.test(urn)),
                `${from} to ${to}`,
            );
        }
    });

    for (const [from, to, moving] of [
        ["single", "ha", "single to ha"],
        ["ha", "single", "ha to single"],
        ["single", "external", "single to external"],
        ["external", "ha", "external to ha"],
    ] as const) {
        it(`takes nothing away while data moves, no way to the old server either (${moving})`, () => {
            const during = new Set(graphOf(moving).resources.map(({ urn }) => urn));
            assert.deepEqual(
                graphOf(from)
                    .resources.map(({ urn }) => urn)
                    .filter((urn) => !during.has(urn)),
                [],
            );
            const [there, then] = [graphOf(to), graphOf(moving)].map(
                ({ resources }) => new Set(resources.map(({ urn }) => urn)),
            );
            assert.deepEqual(
                [...(there ?? [])].filter((urn) => then?.has(urn) !== true),
                [],
                "and has all that comes",
            );
        });

        it(`turns nobody to the new server before the data is there (${moving})`, () => {
            const graph = graphOf(moving);
            const job = only(graph, "kubernetes:batch/v1:Job", "jellyfin-database-move-job").urn;
            for (const name of ["jellyfin-web-statefulset", "jellyfin-database-backup-dump-cronjob"]) {
                const user = graph.resources.find((one) => one.name === name) ?? assert.fail(name);
                assert.ok(user.opts.dependsOn.includes(job), name);
            }
        });
    }

    it("lets Jellyfin out to both servers while data moves", () => {
        const policy = only(
            graphOf("single to ha"),
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            "jellyfin-web-network",
        );
        const egress = JSON.stringify(at(policy, "spec", "egress"));
        for (const server of ["jellyfin-postgres", "jellyfin-postgres-ha"])
            assert.ok(egress.includes(`"app.kubernetes.io/instance":"${server}"`), egress);
    });

    it("moves with a container for each server, which knows that one's password only", () => {
        const job = only(graphOf("single to ha"), "kubernetes:batch/v1:Job", "jellyfin-database-move-job");
        const containers = at(job, "spec", "template", "spec", "containers") as {
            name: string;
            env: { name: string; valueFrom?: { secretKeyRef?: { name: string } } }[];
        }[];
        assert.deepEqual(
            containers.map(({ name, env }) => [
                name,
                ...new Set(env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])),
            ]),
            [
                ["arrive", "jellyfin-postgres-ha-jellyfin"],
                ["leave", "jellyfin-postgres-jellyfin"],
            ],
        );
    });

    it("has no two objects of one name while one server goes and the other comes", () => {
        const named = (mode: Name) =>
            graphOf(mode).resources.map(
                (one) => [one.urn, `${one.type} ${String(at(one, "metadata", "name"))}`] as const,
            );
        const before = new Map(named("single").map(([urn, name]) => [name, urn]));
        const clashes = named("ha").filter(
            ([urn, name]) =>
                name.startsWith("kubernetes:") &&
                !name.includes("undefined") &&
                before.has(name) &&
                before.get(name) !== urn,
        );
        assert.deepEqual(clashes, []);
    });
});
