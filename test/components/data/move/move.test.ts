import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARRIVE, LEAVE } from "../../../../components/data/move/move-script";
import { SETUP } from "../../../../components/data/own-database";
import { TestDatabase } from "../../../lab/images/programs/database";
import { postgresFolder } from "../../../lab/images/programs/programs";
import { eventually } from "../../../support/eventually";
import { giveAway, runScript, type ScriptEnded } from "../backup/script";
import { removeFolder } from "../../../support/scratch-folder";

const ADMIN = "correct horse";
const OWNER = "battery staple";
const MODES = ["single", "ha"] as const;
type Mode = (typeof MODES)[number];

describe("the move of a database between two real servers", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "move-"));
    let folders = 0;
    let path = "";
    const servers = new Map<Mode, TestDatabase>();
    const server = (mode: Mode) => servers.get(mode) ?? assert.fail(mode);

    before(async function () {
        const programs = postgresFolder();
        if (programs === undefined) this.skip();
        path = `${programs}:${process.env["PATH"] ?? ""}`;
        chmodSync(folder, 0o755);
        await Promise.all(
            MODES.map(async (mode) => {
                servers.set(mode, new TestDatabase(programs));
                await server(mode).start(ADMIN);
            }),
        );
    });
    after(async () => {
        for (const one of servers.values()) await one.remove();
        removeFolder(folder);
    });

    const ask = (mode: Mode, database: string, text: string) =>
        server(mode).query(text, { user: database, database, password: OWNER });

    function libpq(mode: Mode, database: string): Record<string, string> {
        const [PGHOST, PGPORT] = ["127.0.0.1", String(server(mode).port)];
        return { PGHOST, PGPORT, PGDATABASE: database, PGUSER: database, PGPASSWORD: OWNER, PGCONNECT_TIMEOUT: "5" };
    }

    /** A database of that name on both, one of which has something. */
    async function makeDatabase(name: string, text = "CREATE TABLE items AS SELECT generate_series(1, 1000) AS id") {
        for (const mode of MODES) {
            const admin = { PGUSER: "postgres", PGPASSWORD: ADMIN, PGDATABASE: "postgres", PATIENCE_SECONDS: "10" };
            const words = { DATABASE_OWNER: name, DATABASE_NAME: name, DATABASE_PASSWORD: OWNER };
            const { code, output } = await runScript(SETUP, { PATH: path, ...libpq(mode, name), ...admin, ...words });
            assert.equal(code, 0, output);
        }
        await ask("single", name, text);
    }

    /** Both containers of the job at once, as in its pod. */
    async function move(
        database: string,
        { from = "single", to = "ha" }: { from?: Mode; to?: Mode } = {},
        changes: Partial<Record<"leave" | "arrive", Record<string, string>>> = {},
    ): Promise<{ left: ScriptEnded; arrived: ScriptEnded }> {
        const exchange = join(folder, `exchange-${++folders}`);
        mkdirSync(exchange);
        giveAway(exchange);
        const words = { PATH: path, HOME: exchange, EXCHANGE: exchange, FROM: from, TO: to, PATIENCE_SECONDS: "4" };
        const [left, arrived] = await Promise.all([
            runScript(LEAVE, { ...words, ...libpq(from, database), ...changes.leave }),
            runScript(ARRIVE, { ...words, ...libpq(to, database), ...changes.arrive }),
        ]);
        return { left, arrived };
    }

    async function succeeds(...asked: Parameters<typeof move>): Promise<string> {
        const { left, arrived } = await move(...asked);
        assert.deepEqual([left.code, arrived.code], [0, 0], `${left.output}\n${arrived.output}`);
        return left.output + arrived.output;
    }

    async function refused(...asked: Parameters<typeof move>): Promise<string> {
        const { left, arrived } = await move(...asked);
        assert.ok(left.code !== 0 && arrived.code !== 0, `${left.output}\n${arrived.output}`);
        return left.output + arrived.output;
    }

    const count = async (mode: Mode, database: string) =>
        (await ask(mode, database, "SELECT count(*)::int AS n FROM items"))[0]?.["n"];
    const write = (mode: Mode, database: string) => ask(mode, database, "INSERT INTO items VALUES (0)");

    it("brings everything to the other one, and keeps it where it was, closed for writing", async () => {
        await makeDatabase("moved");
        assert.match(await succeeds("moved"), /database moved has moved from single to ha/);
        assert.deepEqual([await count("single", "moved"), await count("ha", "moved")], [1000, 1000]);
        await assert.rejects(write("single", "moved"), /read-only transaction/);
        await write("ha", "moved");
    });

    it("does nothing where it was done already, so that later rows are not lost", async () => {
        assert.match(await succeeds("moved"), /has moved from single to ha already/);
        assert.equal(await count("ha", "moved"), 1001);
    });

    it("goes back the same way, over what was left there, with what was written meanwhile", async () => {
        await succeeds("moved", { from: "ha", to: "single" });
        assert.equal(await count("single", "moved"), 1001);
        await write("single", "moved");
        await assert.rejects(write("ha", "moved"), /read-only transaction/);
    });

    it("takes nothing from a server that was left, and says where it went", async () => {
        const elsewhere = { TO: "external" };
        const output = await refused("moved", { from: "ha", to: "single" }, { leave: elsewhere, arrive: elsewhere });
        assert.match(
            output,
            /database\.moveFrom: is ha, and what was there is old \(moved to single\)\nwrite moveFrom: single/,
        );
        assert.equal(await count("single", "moved"), 1002);
    });

    it("cuts off whoever writes meanwhile before it dumps, and lets them read", async () => {
        await makeDatabase("busy");
        const stays = ask("single", "busy", "INSERT INTO items VALUES (-1); SELECT pg_sleep(60)").then(
            () => "kept",
            (error: unknown) => String(error),
        );
        await eventually("somebody is connected", async () => {
            const rows = await server("single").query("SELECT FROM pg_stat_activity WHERE datname = 'busy'", {
                password: ADMIN,
            });
            return rows.length > 0;
        });
        await succeeds("busy");
        assert.match(await stays, /terminat/);
        assert.deepEqual([await count("single", "busy"), await count("ha", "busy")], [1000, 1000]);
    });

    it("is put over nothing that no move has left there", async () => {
        await makeDatabase("full");
        await ask("ha", "full", "CREATE TABLE items AS SELECT 7 AS id");
        const output = await refused("full");
        assert.match(
            output,
            /database\.mode: database full of mode ha holds 1 tables.*nothing was changed\nwrite moveFrom: nothing/,
        );
        assert.deepEqual([await count("single", "full"), await count("ha", "full")], [1000, 1]);
        await write("single", "full");
    });

    it("opens the old database again where the new one cannot take it, and arrives in the next try", async () => {
        await makeDatabase("broken");
        const bin = join(folder, "bin");
        mkdirSync(bin);
        writeFileSync(join(bin, "pg_restore"), "#!/bin/sh\nexit 7\n", { mode: 0o755 });
        const output = await refused("broken", {}, { arrive: { PATH: `${bin}:${path}` } });
        assert.match(output, /cannot be read to its end/);
        assert.match(output, /database broken of mode single is open for writing again.*nothing has moved/);
        await write("single", "broken");
        assert.equal((await ask("ha", "broken", "SELECT to_regclass('items') AS items"))[0]?.["items"], null);
        await succeeds("broken");
        assert.equal(await count("ha", "broken"), 1001);
    });

    it("opens it again where the dump breaks off", async () => {
        await makeDatabase("short");
        const bin = join(folder, "short");
        mkdirSync(bin);
        writeFileSync(join(bin, "pg_dump"), "#!/bin/sh\nhead -c 100000 /dev/urandom; exit 7\n", { mode: 0o755 });
        const output = await refused("short", {}, { leave: { PATH: `${bin}:${path}` } });
        assert.match(output, /pg_dump of short failed/);
        await write("single", "short");
    });

    it("changes nothing where one of both does not answer", async () => {
        await makeDatabase("alone");
        for (const changes of [{ arrive: { PGPORT: "9" } }, { leave: { PGPORT: "9" } }]) {
            assert.match(await refused("alone", {}, changes), /Connection refused/);
            await write("single", "alone");
        }
    });

    it("goes on where a try was killed in the middle, although the old database is still closed", async () => {
        await makeDatabase("killed");
        await ask("single", "killed", "COMMENT ON DATABASE killed IS 'homelab: moved to ha'");
        await ask("single", "killed", "ALTER DATABASE killed SET default_transaction_read_only = on");
        await ask(
            "ha",
            "killed",
            "CREATE TABLE half (id int); COMMENT ON DATABASE killed IS 'homelab: moving from single'",
        );
        await succeeds("killed");
        assert.equal(await count("ha", "killed"), 1000);
        assert.equal((await ask("ha", "killed", "SELECT to_regclass('half') AS half"))[0]?.["half"], null);
    });
});
