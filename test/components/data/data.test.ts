import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Postgres, Redis } from "../../../components/data";
import { BlockStorage } from "../../../components/storage";
import { Workload } from "../../../components/workload";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";
import { exampleArgs, examplePod } from "../../support/example-workload";

const SECRET = "kubernetes:core/v1:Secret";
const JOB = "kubernetes:batch/v1:Job";
const SET = "kubernetes:apps/v1:StatefulSet";
const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;

function build(): Promise<Graph> {
    return captureGraph(() => {
        const storage = new BlockStorage("block", { replicas: 2, disposable: false });
        const common = { app: "jellyfin", partOf: "media", namespace: "jellyfin" };
        const args = {
            ...common,
            objectName: "jellyfin-postgres",
            storage,
            size: "10Gi",
            server: { memoryMiB: 1024, maxConnections: 300 },
            scrapers: undefined,
        };
        const database = new Postgres("db", args, { protect: true }).database("jellyfin");
        const names = { host: "HOST", port: "PORT", database: "DB", username: "DB_USER", password: "DB_PASSWORD" };
        const container = { ...examplePod.container, env: database.env(names) };
        new Workload("client", exampleArgs({ container, reaches: [database.reachable], after: [database.ready] }));
        new Redis("cache", { ...common, objectName: "jellyfin-redis", scrapers: undefined });
    });
}

function command(resource: CapturedResource): string {
    return (at(resource, ...CONTAINER, "command") as string[]).join("\n");
}

describe("a PostgreSQL server", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is one pod with a replicated volume, protected", () => {
        const set = only(graph, SET);
        assert.deepEqual(
            [at(set, "metadata", "name"), at(set, "spec", "replicas"), set.opts.protect],
            ["jellyfin-postgres", 1, true],
        );
        const claim = at(set, "spec", "volumeClaimTemplates", 0, "spec") as Record<string, unknown>;
        assert.deepEqual([claim["storageClassName"], claim["accessModes"]], ["block-database", ["ReadWriteOnce"]]);
    });

    it("takes more connections than two pools of Jellyfin ask for", () => {
        const args = at(only(graph, SET), ...CONTAINER, "args") as string[];
        assert.deepEqual(args.slice(0, 3), ["postgres", "-c", "max_connections=300"]);
    });

    it("encrypts with a certificate for its own names, which its clients check", () => {
        const request = only(graph, "tls:index/certRequest:CertRequest");
        assert.ok((at(request, "dnsNames") as string[]).includes("jellyfin-postgres.jellyfin.svc"));
        const args = at(only(graph, SET), ...CONTAINER, "args") as string[];
        assert.ok(args.includes("ssl=on") && args.includes("ssl_key_file=/certificate/tls.key"));
        const env = at(only(graph, JOB), ...CONTAINER, "env") as { name: string; value?: string }[];
        assert.equal(env.find(({ name }) => name === "PGSSLMODE")?.value, "verify-full");
    });

    it("gives each database a user and a password of its own", () => {
        const keys = Object.keys(
            at(only(graph, SECRET, "jellyfin-postgres-jellyfin-owner-secret"), "stringData") as object,
        );
        assert.deepEqual(keys.sort(), ["database", "host", "password", "port", "username"]);
        const passwords = ofType(graph, SECRET).map((secret) => at(secret, "stringData", "password"));
        assert.equal(new Set(passwords).size, passwords.length);
    });

    it("keeps passwords secret on their way, and protects them", () => {
        for (const secret of ofType(graph, SECRET)) {
            assert.ok(
                secret.secretPaths.some((path) => path.startsWith("stringData")),
                secret.name,
            );
        }
        assert.ok(
            ofType(graph, "random:index/randomPassword:RandomPassword")
                .filter(({ name }) => name.startsWith("db-"))
                .every(({ opts }) => opts.protect),
        );
    });

    it("makes a database by a job that runs after the server and reads the password from its environment", () => {
        const job = only(graph, JOB);
        assert.ok(job.opts.dependsOn.some((urn) => urn.endsWith("::db-server-statefulset")));
        assert.doesNotMatch(command(job), /passwordOf|PGPASSWORD/);
        assert.match(command(job), /\\getenv password DATABASE_PASSWORD/);
    });

    it("makes it with a script that a shell can read, and that may run again", () => {
        const [, , script = ""] = command(only(graph, JOB)).split(/^(?:\/bin\/sh|-c)\n/m);
        assert.equal(spawnSync("sh", ["-n"], { input: script }).status, 0);
        assert.equal(script.match(/WHERE NOT EXISTS/g)?.length, 2);
    });

    it("hands its connection to a workload by reference, not by value", () => {
        const client = only(graph, "kubernetes:apps/v1:Deployment", "client-deployment");
        const env = at(client, ...CONTAINER, "env") as { name: string; valueFrom: unknown }[];
        const password = env.find(({ name }) => name === "DB_PASSWORD");
        assert.deepEqual(password?.valueFrom, {
            secretKeyRef: { name: "jellyfin-postgres-jellyfin", key: "password" },
        });
    });

    it("lets a workload start only when its user exists", () => {
        const client = only(graph, "kubernetes:apps/v1:Deployment", "client-deployment");
        assert.ok(client.opts.dependsOn.some((urn) => urn.endsWith("-setup-job")));
    });
});

describe("the figures of a server", () => {
    it("are read by a user who sees no data, and shown to Prometheus alone", async () => {
        const prometheus = { kind: "pods", namespace: "monitoring", labels: { app: "prometheus" } } as const;
        const graph = await captureGraph(() => {
            const storage = new BlockStorage("block", { replicas: 2, disposable: false });
            const common = { app: "jellyfin", partOf: "media", namespace: "jellyfin", scrapers: [prometheus] };
            const server = { memoryMiB: 1024, maxConnections: 300 };
            new Postgres("db", { ...common, objectName: "pg", storage, size: "10Gi", server });
            new Redis("cache", { ...common, objectName: "redis" });
        });
        const exporter = only(graph, "kubernetes:apps/v1:Deployment", "db-exporter-workload-deployment");
        const [role] = at(exporter, "spec", "template", "spec", "initContainers") as { command: string[] }[];
        assert.match(role?.command[2] ?? "", /GRANT pg_monitor TO/);
        const policies = ["db-exporter-workload-network", "cache-server-network"].map((name) =>
            at(only(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy", name), "spec", "ingress"),
        );
        const from = [
            {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
                podSelector: { matchLabels: { app: "prometheus" } },
            },
        ];
        assert.deepEqual(policies, [
            [{ from, ports: [{ protocol: "TCP", port: 9187 }] }],
            [{ from, ports: [{ protocol: "TCP", port: 9121 }] }],
        ]);
    });
});

describe("a Redis server", () => {
    let deployment: CapturedResource;
    before(async () => {
        deployment = only(await build(), "kubernetes:apps/v1:Deployment", "cache-server-deployment");
    });

    it("asks for a password that is on no command line", () => {
        assert.match(command(deployment), /requirepass \$REDISCLI_AUTH/);
        assert.doesNotMatch(command(deployment), /--requirepass|passwordOf/);
    });

    it("starts with a script that a shell can read", () => {
        const [, , script = ""] = at(deployment, ...CONTAINER, "command") as string[];
        assert.equal(spawnSync("sh", ["-n"], { input: script }).status, 0);
    });

    it("loses no lease silently when it is full, and stays below its limit", () => {
        assert.match(command(deployment), /maxmemory 128mb.*maxmemory-policy noeviction/s);
        assert.equal(at(deployment, ...CONTAINER, "resources", "limits", "memory"), "192Mi");
    });
});
