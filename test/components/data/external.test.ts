import assert from "node:assert/strict";
import { createServer } from "node:net";
import { spawnSync } from "node:child_process";
import { ExternalDatabase } from "../../../components/data";
import { PREFLIGHT } from "../../../components/data/external";
import { Workload } from "../../../components/workload";
import { TestDatabase } from "../../lab/images/programs/database";
import { postgresFolder } from "../../lab/images/programs/programs";
import { exampleArgs, examplePod } from "../../support/example-workload";
import { at, captureGraph, only, type Graph } from "../../support/graph";

const POD = ["spec", "template", "spec"] as const;

function build(): Promise<Graph> {
    return captureGraph(() => {
        const database = new ExternalDatabase("db", {
            ...{ app: "jellyfin", partOf: "media", namespace: "jellyfin", namespaceName: "jellyfin" },
            ...{ databaseName: "jellyfin", existingSecret: "pg", network: "192.168.30.0/24", port: 5433 },
            sslMode: "require",
        });
        const names = { host: "HOST", port: "PORT", database: "DB", username: "DB_USER", password: "DB_PASSWORD" };
        const container = { ...examplePod.container, env: database.env(names) };
        new Workload("client", exampleArgs({ container, reaches: [database.reachable], after: [database.ready] }));
    });
}

describe("a database on somebody else's server", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is known by a secret that others made, and makes none", () => {
        assert.equal(graph.resources.filter(({ type }) => type.endsWith(":Secret")).length, 0);
        const client = only(graph, "kubernetes:apps/v1:Deployment", "client-deployment");
        assert.deepEqual(at(client, ...POD, "containers", 0, "env", 4), {
            name: "DB_PASSWORD",
            valueFrom: { secretKeyRef: { name: "pg", key: "password" } },
        });
    });

    it("opens its network and its port, nothing else", () => {
        const policy = only(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "client-network");
        assert.deepEqual(at(policy, "spec", "egress", 1), {
            to: [{ ipBlock: { cidr: "192.168.30.0/24" } }],
            ports: [{ protocol: "TCP", port: 5433 }],
        });
    });

    it("is tried by a job first, once, which starts without the secret too, so that it can say what is missing", () => {
        const job = only(graph, "kubernetes:batch/v1:Job");
        assert.deepEqual([at(job, "spec", "backoffLimit"), at(job, ...POD, "restartPolicy")], [0, "Never"]);
        const env = at(job, ...POD, "containers", 0, "env") as { name: string; valueFrom?: unknown }[];
        assert.deepEqual(env.find(({ name }) => name === "PGPASSWORD")?.valueFrom, {
            secretKeyRef: { name: "pg", key: "password", optional: true },
        });
        const client = only(graph, "kubernetes:apps/v1:Deployment", "client-deployment");
        assert.ok(client.opts.dependsOn.some((urn) => urn.endsWith("-preflight-job")));
    });
});

describe("the preflight, against a real PostgreSQL,", function () {
    this.timeout(60_000);
    const PASSWORD = "correct horse";
    let server: TestDatabase;
    const ends: (() => Promise<void>)[] = [];
    let programs: string;
    before(async function () {
        const folder = postgresFolder();
        if (folder === undefined) this.skip();
        programs = folder;
        server = new TestDatabase(folder);
        ends.push(() => server.remove());
        await server.start(PASSWORD);
        await server.query("CREATE ROLE guest LOGIN PASSWORD 'guest'", { password: PASSWORD });
    });
    after(async () => {
        for (const end of ends) await end();
    });

    function preflight(changes: Record<string, string> = {}) {
        const port = String(server.port);
        const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", PREFLIGHT], {
            encoding: "utf8",
            env: {
                PATH: `${programs}:${process.env["PATH"] ?? ""}`,
                ...{
                    PGHOST: "127.0.0.1",
                    PGPORT: port,
                    PGDATABASE: "postgres",
                    PGUSER: "postgres",
                    PGPASSWORD: PASSWORD,
                },
                ...{ PGSSLMODE: "prefer", PGSSLROOTCERT: "/nowhere/ca.crt", PGCONNECT_TIMEOUT: "2" },
                ...{
                    CONNECTION: "jellyfin/pg",
                    JOB: "db-preflight",
                    EXPECTED_PORT: port,
                    NETWORK: "127.0.0.0/8",
                    TRIES: "1",
                },
                ...changes,
            },
        });
        return { code: status, lines: (stdout + stderr).trim() };
    }

    it("is content with a database that can be used", () => {
        assert.deepEqual(preflight(), {
            code: 0,
            lines: `database postgres at 127.0.0.1:${server.port} can be used`,
        });
    });

    const mistakes: readonly [string, Record<string, string>, RegExp][] = [
        [
            "a secret without some keys",
            { PGHOST: "", PGPASSWORD: "" },
            /^secret jellyfin\/pg: it has no host password .*create secret generic pg/,
        ],
        [
            "another port than the policies open",
            { EXPECTED_PORT: "5432" },
            /its port is \d+, and the network policies open 5432; write database\.external\.port: \d+$/,
        ],
        ["an authority that is missing", { PGSSLMODE: "verify-full" }, /it has no ca\.crt .*verify-full/],
        [
            "a server that does not encrypt",
            { PGSSLMODE: "require" },
            /server does not support SSL, but SSL was required/,
        ],
        [
            "a server that is not there",
            { PGPORT: "9", EXPECTED_PORT: "9" },
            /at 127\.0\.0\.1:9 cannot be used: .*refused/,
        ],
        ["a name that nobody knows", { PGHOST: "pg.invalid" }, /could not translate host name "pg\.invalid"/],
        ["a wrong password", { PGPASSWORD: "guess" }, /password authentication failed for user "postgres"/],
        ["a database that there is not", { PGDATABASE: "nowhere" }, /database "nowhere" does not exist/],
        [
            "a user who may make no tables",
            { PGUSER: "guest", PGPASSWORD: "guest" },
            /user guest may not make tables in it; make it the owner/,
        ],
    ];
    for (const [title, changes, says] of mistakes) {
        it(`tells ${title} in one line, and shows no password`, () => {
            const { code, lines } = preflight(changes);
            assert.equal(code, 1);
            assert.match(lines, says);
            assert.equal(lines.split("\n").length, 1);
            assert.ok(!lines.includes(PASSWORD));
        });
    }

    it("gives up on a server that takes the connection and says nothing", async () => {
        const silent = createServer();
        await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
        const address = silent.address();
        const port = String(typeof address === "object" ? address?.port : 0);
        const { code, lines } = preflight({ PGPORT: port, EXPECTED_PORT: port });
        silent.close();
        assert.equal(code, 1);
        assert.match(lines, /timeout expired/);
    });
});
