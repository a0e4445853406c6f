import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExternalDatabase } from "../../../components/data";
import { PREFLIGHT } from "../../../components/data/external";
import { Workload } from "../../../components/workload";
import { TestDatabase } from "../../lab/images/programs/database";
import { postgresFolder } from "../../lab/images/programs/programs";
import { exampleArgs, examplePod } from "../../support/example-workload";
import { at, captureGraph, only, type Graph } from "../../support/graph";
import { removeFolder } from "../../support/scratch-folder";

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

const PASSWORD = "correct horse";
/** A connection that is complete; its network is TEST-NET-1, where nobody answers. */
const complete = {
    ...{ PGHOST: "192.0.2.5", PGPORT: "5432", PGDATABASE: "jellyfin", PGUSER: "jellyfin", PGPASSWORD: PASSWORD },
    ...{ PGSSLMODE: "prefer", PGSSLROOTCERT: "/nowhere/ca.crt", PGCONNECT_TIMEOUT: "2" },
    CONNECTION: "jellyfin/jellyfin-postgresql-external",
    ...{ EXPECTED_PORT: "5432", NETWORK: "192.0.2.0/24", TRIES: "1" },
};
type Variables = Readonly<Record<string, string>>;

/** Runs the preflight; what it says fits into what the engine shows of the last words of a container. */
function preflight(changes: Variables, programs?: string) {
    const path = [...(programs === undefined ? [] : [programs]), process.env["PATH"] ?? ""].join(":");
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", PREFLIGHT], {
        encoding: "utf8",
        env: { PATH: path, ...complete, ...changes },
    });
    const lines = (stdout + stderr).trim().split("\n");
    assert.ok(lines.length <= 3 && lines.every((line) => line.length <= 200), lines.join("\n"));
    assert.ok(!lines.join().includes(PASSWORD));
    return { code: status, lines };
}

describe("the preflight of a secret that is made by hand", () => {
    const again = "then pulumi up again, which makes this job anew";
    const setting = "database.external.existingSecret: secret jellyfin/jellyfin-postgresql-external";
    const rule = "(it needs host, port, database, username and password)";
    const variables = { host: "PGHOST", port: "PGPORT", database: "PGDATABASE", username: "PGUSER" } as const;

    for (const [key, variable] of Object.entries({ ...variables, password: "PGPASSWORD" })) {
        it(`names the setting, the missing key ${key}, the rule and the cure`, () => {
            assert.deepEqual(preflight({ [variable]: "" }), {
                code: 1,
                lines: [
                    `${setting} has no ${key} ${rule}`,
                    "add it below stringData: kubectl -n jellyfin edit secret jellyfin-postgresql-external",
                    again,
                ],
            });
        });
    }

    it("names all missing keys at once", () => {
        const [first] = preflight({ PGHOST: "", PGPASSWORD: "" }).lines;
        assert.equal(first, `${setting} has no host password ${rule}`);
    });

    it("says how to make it where it is not there at all", () => {
        const none = Object.fromEntries([...Object.values(variables), "PGPASSWORD"].map((name) => [name, ""]));
        assert.deepEqual(preflight(none).lines, [
            `${setting} is not there or empty ${rule}`,
            "write them as lines host=... into a file; kubectl -n jellyfin create secret generic " +
                "jellyfin-postgresql-external --from-env-file FILE",
            again,
        ]);
    });

    it("names the port that the setting has to be, which makes the job anew", () => {
        assert.deepEqual(preflight({ PGPORT: "6432" }).lines, [
            "database.external.port: is 5432, and that of secret jellyfin/jellyfin-postgresql-external is 6432 " +
                "(network policies open the one port)",
            "write database.external.port: 6432",
        ]);
    });

    it("asks for the authority where the server is to be checked", () => {
        assert.deepEqual(preflight({ PGSSLMODE: "verify-full" }).lines, [
            "database.external.sslMode: is verify-full, and secret jellyfin/jellyfin-postgresql-external has no ca.crt " +
                "(it is what a server is checked by)",
            "add the authority of the server's certificate to it as ca.crt",
            again,
        ]);
    });
});

describe("the preflight, against a real PostgreSQL,", function () {
    this.timeout(60_000);
    let server: TestDatabase;
    const ends: (() => void | Promise<void>)[] = [];
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

    /** The same as the superuser of that server. */
    function onServer(changes: Variables = {}, path = programs) {
        const port = String(server.port);
        const whose = { PGHOST: "127.0.0.1", PGPORT: port, PGDATABASE: "postgres", PGUSER: "postgres" };
        return preflight({ ...whose, EXPECTED_PORT: port, NETWORK: "127.0.0.0/8", ...changes }, path);
    }

    it("is content with a database that can be used", () => {
        assert.deepEqual(onServer(), {
            code: 0,
            lines: [`database postgres at 127.0.0.1:${server.port} can be used`],
        });
    });

    const mistakes: readonly [string, Variables, RegExp][] = [
        [
            "a server that does not encrypt",
            { PGSSLMODE: "require" },
            /server does not support SSL, but SSL was required/,
        ],
        [
            "a server that is not there",
            { PGPORT: "9", EXPECTED_PORT: "9" },
            /^database\.external\.existingSecret: database postgres at 127\.0\.0\.1:9 cannot be used \(.*\)\n.*refused .*\n/,
        ],
        ["a name that nobody knows", { PGHOST: "pg.invalid" }, /could not translate host name "pg\.invalid"/],
        ["a wrong password", { PGPASSWORD: "guess" }, /password authentication failed for user "postgres"/],
        ["a database that there is not", { PGDATABASE: "nowhere" }, /database "nowhere" does not exist/],
        [
            "a user who may make no tables",
            { PGUSER: "guest", PGPASSWORD: "guest" },
            /lets user guest make no tables .*\nmake it the owner: ALTER DATABASE "postgres" OWNER TO "guest"\n/,
        ],
    ];
    for (const [title, changes, says] of mistakes) {
        it(`tells ${title}, and what to do`, () => {
            const { code, lines } = onServer(changes);
            assert.equal(code, 1);
            assert.match(lines.join("\n"), says);
            assert.match(lines.at(-1) ?? "", /then pulumi up again, which makes this job anew$/);
        });
    }

    /** Folder with a program in place of another, which it finds as `$REAL`. */
    function instead(name: string, script: string): string {
        const bin = mkdtempSync(join(tmpdir(), "instead-"));
        ends.push(() => removeFolder(bin));
        writeFileSync(join(bin, name), `#!/bin/sh\nREAL=${programs}/${name}\n${script}\n`, { mode: 0o755 });
        return `${bin}:${programs}`;
    }

    it("refuses a server that is older than the house can move away from, with its version", () => {
        const old = instead("psql", `"$REAL" "$@" | sed 's/^[0-9]* /13 /'`);
        const { code, lines } = onServer({}, old);
        assert.equal(code, 1);
        assert.match(lines.join("\n"), / is PostgreSQL 13 \(the house needs 14 or later\)\nupgrade that server, then/);
    });

    it("refuses a server that is newer than the house's pg_dump, with both versions", () => {
        const major = /\d+/.exec(
            spawnSync(join(programs, "postgres"), ["--version"], { encoding: "utf8" }).stdout,
        )?.[0];
        const { code, lines } = onServer({}, instead("pg_dump", `echo "pg_dump (PostgreSQL) 9.6 (Debian 9.6-1)"`));
        assert.equal(code, 1);
        assert.match(
            lines.join("\n"),
            new RegExp(` is PostgreSQL ${major} \\(the house's pg_dump is 9, .*\\)\ntake a`),
        );
    });

    it("is content where the server warns of something before it answers", () => {
        const warns = instead(
            "psql",
            `echo 'WARNING:  database "postgres" has a collation version mismatch' >&2; exec "$REAL" "$@"`,
        );
        assert.equal(onServer({}, warns).code, 0);
    });

    it("gives up on a server that takes the connection and says nothing", async () => {
        const silent = createServer();
        await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
        const address = silent.address();
        const port = String(typeof address === "object" ? address?.port : 0);
        const { code, lines } = onServer({ PGPORT: port, EXPECTED_PORT: port });
        silent.close();
        assert.equal(code, 1);
        assert.match(lines.join("\n"), /timeout expired/);
    });
});
