import assert from "node:assert/strict";
import { DUMP, UPLOAD } from "../../../../components/data/backup/dump-script";
import { CHECK, FETCH, RESTORE } from "../../../../components/data/backup/restore-script";
import { SETUP } from "../../../../components/data/own-database";
import { TestDatabase } from "../../../lab/images/programs/database";
import { postgresFolder } from "../../../lab/images/programs/programs";
import { eventually } from "../../../support/eventually";
import { hasRclone, RealStore } from "./real-store";
import type { ScriptEnded } from "./script";

const ADMIN = "correct horse";
const OWNER = "battery staple";
const KEEP = { KEEP_DAYS: "90" };

/** Everything in the database, as text that differs when a byte does. */
const CONTENTS = `
    SELECT md5(string_agg(t::text, E'\\n' ORDER BY id)) AS items, count(*)::int AS rows FROM items t`;

describe("a dump in a real bucket, of a real PostgreSQL,", function () {
    this.timeout(120_000);
    let server: TestDatabase;
    const ends: (() => Promise<void>)[] = [];
    let store: RealStore;

    before(async function () {
        const programs = postgresFolder();
        if (programs === undefined || !hasRclone()) this.skip();
        server = new TestDatabase(programs);
        ends.push(() => server.remove());
        store = await RealStore.start(programs);
        ends.push(() => store.stop());
        await server.start(ADMIN);
        await makeDatabase("jellyfin");
        await ask("jellyfin", fill);
    });
    after(async () => {
        for (const end of ends) await end();
    });

    const fill = `
        CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, watched timestamptz, picture bytea);
        CREATE TABLE "Odd ""name""" (id serial PRIMARY KEY, parent int REFERENCES items (id) ON DELETE CASCADE);
        CREATE VIEW watched AS SELECT * FROM items WHERE watched IS NOT NULL;
        CREATE SCHEMA plugin CREATE TABLE plugin.settings (key text, value jsonb);
        INSERT INTO items SELECT n, E'Café \\\\ \\t ' || n, now() - n * interval '1 s', decode(md5(n::text), 'hex')
          FROM generate_series(1, 20000) n;
        INSERT INTO "Odd ""name""" (parent) SELECT n FROM generate_series(1, 50) n;
        INSERT INTO plugin.settings VALUES ('a', '{"b": [1, null]}');`;

    function libpq(database: string): Record<string, string> {
        const [PGHOST, PGPORT] = ["127.0.0.1", String(server.port)];
        return { PGHOST, PGPORT, PGDATABASE: database, PGUSER: database, PGPASSWORD: OWNER, PGCONNECT_TIMEOUT: "5" };
    }

    async function makeDatabase(name: string): Promise<void> {
        const admin = { PGUSER: "postgres", PGPASSWORD: ADMIN, PGDATABASE: "postgres" };
        const words = { PATIENCE_SECONDS: "10", DATABASE_OWNER: name, DATABASE_NAME: name, DATABASE_PASSWORD: OWNER };
        ok(await store.run(SETUP, { ...libpq(name), ...admin, ...words }, store.exchange()));
    }

    const ask = (database: string, text: string) => server.query(text, { user: database, database, password: OWNER });

    /** Both containers of the job at once, as in its pod. */
    async function dump(changes: Record<string, string> = {}): Promise<[ScriptEnded, ScriptEnded]> {
        const folder = store.exchange();
        const env = { ...libpq("jellyfin"), ...changes };
        return Promise.all([store.run(DUMP, env, folder), store.run(UPLOAD, KEEP, folder)]);
    }

    async function restore(database: string, words: Record<string, string> = {}): Promise<ScriptEnded> {
        const folder = store.exchange();
        const fetched = await store.run(FETCH, { DUMP: words["DUMP"] ?? "" }, folder);
        if (fetched.code !== 0) return fetched;
        return store.run(RESTORE, { ...libpq(database), REPLACE: "no", DRY_RUN: "no", ...words }, folder);
    }

    function ok({ code, output }: ScriptEnded): void {
        assert.equal(code, 0, output);
    }

    /** Runs a test with another object in place of the newest of that kind, and puts the old one back. */
    async function withChanged(ending: string, change: (old: Buffer) => Buffer, test: () => Promise<void>) {
        const key = (await store.keys()).findLast((name) => name.endsWith(ending)) ?? "";
        const old = await store.read(key);
        await store.write(key, change(old));
        try {
            await test();
        } finally {
            await store.write(key, old);
        }
    }

    it("is two objects, the second of which tells checksum and rows", async () => {
        for (const ended of await dump()) ok(ended);
        const keys = await store.keys();
        assert.deepEqual(
            keys.map((key) => key.replace(/\d{8}T\d{6}Z/, "TIME")),
            ["jellyfin/TIME.dump", "jellyfin/TIME.manifest"],
        );
        const manifest = (await store.read(keys[1] ?? "")).toString();
        assert.match(manifest, /^format 1\ndatabase jellyfin\nsha256 [0-9a-f]{64}\nrows plugin\.settings 1\n/);
        assert.match(manifest, /^rows public\."Odd ""name""" 50$/m);
        assert.match(manifest, /^rows public\.items 20000$/m);
    });

    it("says what it would do, and does nothing in a dry run", async () => {
        await makeDatabase("dry");
        const ended = await restore("dry", { DRY_RUN: "yes" });
        ok(ended);
        assert.match(
            ended.output,
            /3 tables, 20051 rows; database dry holds 0 objects\na dry run: nothing was changed/,
        );
        assert.deepEqual(await ask("dry", "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"), [
            { n: 0 },
        ]);
    });

    it("comes back byte for byte in an empty database, with views, sequences and references", async () => {
        await makeDatabase("copy");
        ok(await restore("copy"));
        assert.deepEqual(await ask("copy", CONTENTS), await ask("jellyfin", CONTENTS));
        assert.deepEqual(await ask("copy", 'INSERT INTO "Odd ""name""" (parent) VALUES (1) RETURNING id'), [
            { id: 51 },
        ]);
        assert.deepEqual(await ask("copy", "SELECT value FROM plugin.settings"), [{ value: { b: [1, null] } }]);
        assert.deepEqual(await ask("copy", "SELECT count(*)::int AS n FROM watched"), [{ n: 20000 }]);
    });

    it("is not put over a database that holds something, unless that is said", async () => {
        await makeDatabase("full");
        await ask("full", "CREATE TABLE items (id int); INSERT INTO items VALUES (7); CREATE TABLE newer (id int)");
        const refused = await restore("full");
        assert.equal(refused.code, 1);
        assert.match(refused.output, /database full holds 2 tables.*say --replace.*nothing was changed/);
        assert.deepEqual(await ask("full", "SELECT id FROM items"), [{ id: 7 }]);

        ok(await restore("full", { REPLACE: "yes" }));
        assert.deepEqual(await ask("full", CONTENTS), await ask("jellyfin", CONTENTS));
        assert.deepEqual(await ask("full", "SELECT to_regclass('newer') AS newer"), [{ newer: null }]);
    });

    it("is refused before anything is dropped where a byte of it differs, or its end is missing", async () => {
        await makeDatabase("kept");
        await ask("kept", "CREATE TABLE items (id int); INSERT INTO items VALUES (7)");
        const flip = (old: Buffer) =>
            Buffer.from(old.map((byte, index) => (index === old.length >> 1 ? byte ^ 1 : byte)));
        for (const change of [flip, (old: Buffer) => old.subarray(0, old.length - 100)]) {
            await withChanged(".dump", change, async () => {
                const refused = await restore("kept", { REPLACE: "yes" });
                assert.equal(refused.code, 1);
                assert.match(refused.output, /is broken: its checksum is .*nothing was changed/);
            });
        }
        assert.deepEqual(await ask("kept", "SELECT id FROM items"), [{ id: 7 }]);
    });

    it("leaves the database as it was where the rows are not those that were dumped", async () => {
        await makeDatabase("counted");
        await ask("counted", "CREATE TABLE items (id int); INSERT INTO items VALUES (7)");
        const other = (old: Buffer) => Buffer.from(old.toString().replace("items 20000", "items 20001"));
        await withChanged(".manifest", other, async () => {
            const refused = await restore("counted", { REPLACE: "yes" });
            assert.equal(refused.code, 1);
            assert.match(refused.output, /items 20001[^]*not every table has the rows.*nothing was changed/);
        });
        assert.deepEqual(await ask("counted", "SELECT id FROM items"), [{ id: 7 }]);
    });

    it("is not put into a database that somebody is connected to, and a dry run tells that beside all the rest", async () => {
        await makeDatabase("busy");
        const holding = assert.rejects(ask("busy", "SELECT pg_sleep(600)"), /terminating connection/);
        const others = "FROM pg_stat_activity WHERE datname = 'busy'";
        const admin = { user: "postgres", database: "postgres", password: ADMIN };
        await eventually("somebody is connected", async () => {
            const rows = await server.query(`SELECT ${others}`, admin);
            return rows.length > 0;
        });
        const refused = await restore("busy");
        const looked = await restore("busy", { DRY_RUN: "yes" });
        await server.query(`SELECT pg_terminate_backend(pid) ${others}`, admin);
        await holding;
        assert.equal(refused.code, 1);
        assert.match(
            refused.output,
            /database busy is in use by 1 connections.*stop the programs.*nothing was changed/,
        );
        ok(looked);
        assert.match(
            looked.output,
            /: \d+ bytes, 3 tables, 20051 rows; database busy holds 0 objects\na dry run: nothing was changed; .* would be refused, since database busy is in use by 1 connections/,
        );
    });

    it("is named where another than the newest is wanted, and one that there is not is told with those that there are", async () => {
        const refused = await restore("copy", { DUMP: "20200101T000000Z" });
        assert.equal(refused.code, 1);
        assert.match(refused.output, /there is no whole dump "20200101T000000Z".*there are:\n\d{8}T\d{6}Z$/m);
    });

    it("is tried out in a server of its own, which tells the rows", async () => {
        const folder = store.exchange();
        ok(await store.run(FETCH, { DUMP: "" }, folder));
        const env = { SCRATCH: store.exchange(), REPLACE: "no", DRY_RUN: "no" };
        const ended = await store.run(CHECK, env, folder);
        ok(ended);
        assert.match(ended.output, /restored check from .*: every table has the rows that it had/);
    });

    it("fails such a trial loudly where it is broken", async () => {
        await withChanged(
            ".dump",
            (old) => Buffer.concat([old, Buffer.from("x")]),
            async () => {
                const folder = store.exchange();
                ok(await store.run(FETCH, { DUMP: "" }, folder));
                const env = { SCRATCH: store.exchange(), REPLACE: "no", DRY_RUN: "no" };
                const ended = await store.run(CHECK, env, folder);
                assert.equal(ended.code, 1);
                assert.match(ended.output, /is broken/);
            },
        );
    });

    it("is not kept where it fails: neither container succeeds, and no manifest is written", async () => {
        const before = await store.keys();
        for (const changes of [{ PGPASSWORD: "wrong" }, { PGDATABASE: "nowhere" }]) {
            const [dumped, uploaded] = await dump(changes);
            assert.notEqual(dumped.code, 0);
            assert.match(dumped.output, /authentication failed|does not exist/);
            assert.notEqual(uploaded.code, 0);
            assert.match(uploaded.output, /the dump failed; see the container dump/);
        }
        assert.deepEqual(await store.keys(), before);
    });

    it("is not kept where it breaks off half way", async () => {
        const before = await store.keys();
        const broken = store.program("pg_dump", "head -c 3000000 /dev/urandom; exit 7");
        const [dumped, uploaded] = await dump({ PATH: `${broken}:${store.path}` });
        assert.match(dumped.output, /pg_dump of jellyfin failed/);
        assert.match(uploaded.output, /nothing was kept/);
        assert.deepEqual([dumped.code, uploaded.code], [1, 1]);
        assert.deepEqual(await store.keys(), before);
    });

    it("fails where the bucket takes nothing", async () => {
        const folder = store.exchange();
        const away = {
            RCLONE_CONFIG_HOUSE_ENDPOINT: "http://127.0.0.1:9",
            RCLONE_RETRIES: "1",
            RCLONE_LOW_LEVEL_RETRIES: "1",
        };
        const [, uploaded] = await Promise.all([
            store.run(DUMP, libpq("jellyfin"), folder),
            store.run(UPLOAD, { ...KEEP, ...away }, folder),
        ]);
        assert.notEqual(uploaded.code, 0);
    });
});
