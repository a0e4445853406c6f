import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../support/free-ports";
import { postgresFolder } from "../../lab/images/programs/programs";
import { sumsOf, WATCHED } from "./both-sides";
import { ANNA, changeLibrary, guid, itemId, makeLibrary, position } from "./library";
import { MigrationTarget, type MigrationTask } from "./migration-target";
import { jellyfinSchema } from "./schema";
import { removeFolder } from "../../support/scratch-folder";

/** The library that the goal names; everything else is shown with a small one. */
const LARGE = 100_000;
const SMALL = 300;

describe("the migration of a Jellyfin library from SQLite to PostgreSQL", function () {
    this.timeout(300_000);
    const folder = mkdtempSync(join(tmpdir(), "library-"));
    const ends: (() => Promise<void>)[] = [];
    let target: MigrationTarget;
    let file: string;
    let count = 0;

    before(async function () {
        const programs = postgresFolder();
        if (programs === undefined) return this.skip();
        target = await MigrationTarget.start(programs, folder);
        ends.push(() => target.remove());
    });
    after(async () => {
        for (const end of ends) await end();
        removeFolder(folder);
    });
    beforeEach(async () => {
        await target.makeEmpty();
        file = join(folder, `${count++}.db`);
    });

    const ask = (text: string) => target.ask(text);
    const counted = (table: string) => target.counted(table);
    const run = (task: MigrationTask, env: NodeJS.ProcessEnv = {}) => target.run(task, file, env);
    const change = (text: string) => changeLibrary(file, text);

    it("takes over 100,000 films with all that belongs to them, and how far each was watched, in a heap of 64 MiB", async function () {
        // Minutes on cores of its own, and several times that on busy ones.
        this.timeout(1_200_000);
        makeLibrary(file, LARGE);
        const { code, output } = await run("migrate");
        assert.equal(code, 0, output);
        const source = new DatabaseSync(file, { readOnly: true });
        for (const table of Object.keys(jellyfinSchema.tables)) {
            const [moved] = await ask(sumsOf(table));
            assert.deepEqual(moved, { ...source.prepare(sumsOf(table)).get() }, table);
        }
        const watched = linesOf(source.prepare(WATCHED).all());
        assert.equal(watched.size, LARGE / 10);
        const moved = linesOf(await ask(WATCHED));
        assert.deepEqual([...watched].filter((line) => !moved.has(line)).slice(0, 3), []);
        source.close();
        assert.ok((await counted("BaseItems")) === LARGE + 1 && (await counted("MediaStreamInfos")) === 2 * LARGE);
        assert.match(output, /^both sides are equal$/m);
        assert.doesNotMatch(output, /tape/);
    });

    describe("of a small one", () => {
        beforeEach(() => makeLibrary(file, SMALL));

        it('keeps what everybody is watching, to the tick: "Continue watching"', async () => {
            const { code, output } = await run("migrate");
            assert.equal(code, 0, output);
            const rows = await ask(
                `SELECT "PlaybackPositionTicks"::text AS at, "LastPlayedDate"::text AS played, "ItemId" AS item FROM "UserData"
                 WHERE "UserId" = '${ANNA}' ORDER BY "PlaybackPositionTicks"`,
            );
            assert.equal(rows.length, SMALL / 10);
            assert.deepEqual(rows[2], {
                at: String(position(2)),
                played: "2026-03-06 21:14:09.123456+00",
                item: itemId(21).toLowerCase(),
            });
        });

        it("converts every type to PostgreSQL's own", async () => {
            await run("migrate");
            const [item] = await ask(`SELECT * FROM "BaseItems" WHERE "Id" = '${itemId(4)}'`);
            assert.equal(item?.["IsMovie"], false);
            assert.equal(Math.fround(Number(item["CommunityRating"])), Math.fround(4 / 7));
            assert.match(String(item["Overview"]), /^Film 4: "one" said, 'two' said; naïve 映画 🎬\nand so on/);
            const [keyframes] = await ask(`SELECT "KeyframeTicks"::text AS ticks FROM "KeyframeData" LIMIT 1`);
            assert.equal(keyframes?.["ticks"], "{0,9007199254740993,0}");
            const [image] = await ask(
                `SELECT encode("Blurhash", 'hex') AS hash FROM "BaseItemImageInfos" WHERE "Id" = '${guid("Base", 5)}'`,
            );
            assert.equal(image?.["hash"], "0500ff");
        });

        it("has new rows counted on after the highest number", async () => {
            await run("migrate");
            const [made] = await ask(
                `INSERT INTO "ApiKeys" ("AccessToken", "DateCreated", "DateLastActivity", "Name") VALUES ('x', now(), now(), 'x') RETURNING "Id"`,
            );
            assert.equal(made?.["Id"], 8);
        });

        it("keeps the schema's own history, and a copy of the source that is whole", async () => {
            await run("migrate");
            const [history] = await ask(`SELECT "MigrationId" FROM "__EFMigrationsHistory"`);
            assert.equal(history?.["MigrationId"], "20250913211637_Initial");
            const [backup = ""] = readdirSync(join(folder, "backups")).sort().reverse();
            const copy = new DatabaseSync(join(folder, "backups", backup, `${count - 1}.db`), { readOnly: true });
            assert.equal(copy.prepare(`SELECT count(*) AS rows FROM "BaseItems"`).get()?.["rows"], SMALL + 1);
            copy.close();
        });

        it("leaves the original as it is, with what a killed server left in its log, and takes that over", async () => {
            const killed = new DatabaseSync(file);
            killed.exec(`PRAGMA journal_mode = WAL; UPDATE "Users" SET "Username" = 'in the log only'`);
            const original = join(folder, `${count++}.db`);
            for (const part of ["", "-wal"]) copyFileSync(`${file}${part}`, `${original}${part}`);
            killed.close();
            const before = [original, `${original}-wal`].map((path) => readFileSync(path));
            const { code, output } = await run("migrate", { MIGRATION_SOURCE: original });
            assert.equal(code, 0, output);
            assert.deepEqual(
                [original, `${original}-wal`].map((path) => readFileSync(path)),
                before,
            );
            const names = readdirSync(folder).filter((name) => join(folder, name).startsWith(original));
            assert.equal(names.length, 2, names.join());
            const people = await ask('SELECT DISTINCT "Username" AS name FROM "Users"');
            assert.deepEqual(people, [{ name: "in the log only" }]);
        });

        it("waits for a database that lets nobody in yet", async () => {
            const door = createServer((visitor) => visitor.pipe(connect(target.port, "127.0.0.1")).pipe(visitor));
            const [port = 0] = await freePorts("127.0.0.1", 1);
            const running = run("check", { PGPORT: String(port) });
            await pause(2_500);
            door.listen(port, "127.0.0.1");
            const { code, output } = await running;
            door.close();
            assert.equal(code, 0, output);
        });

        it("only looks when it is asked to check, and tells what it would do", async () => {
            const { code, output } = await run("check");
            assert.equal(code, 0, output);
            assert.match(output, /BaseItems: 301 rows, [0-9a-f]{16}/);
            assert.match(output, /nothing was changed/);
            assert.equal(await counted("BaseItems"), 1);
            assert.deepEqual(await ask("SELECT FROM pg_namespace WHERE nspname = 'before_migration'"), []);
        });

        it("sets rows without a parent aside and says how many, because SQLite never asked for one", async () => {
            change(`DELETE FROM "BaseItems" WHERE "Id" = '${itemId(7)}'`);
            const { code, output } = await run("migrate");
            assert.equal(code, 0, output);
            assert.match(
                output,
                /^MediaStreamInfos: 2 rows have no parent; they are kept in before_migration\.orphans/m,
            );
            const [kept] = await ask(
                `SELECT count(*)::int AS rows FROM before_migration.orphans WHERE "table" = 'MediaStreamInfos'`,
            );
            assert.equal(kept?.["rows"], 2);
        });

        it("shortens what does not fit, and says so", async () => {
            change(
                `UPDATE "Devices" SET "DeviceName" = '${"📱".repeat(70)}' WHERE "Id" = 1; UPDATE "BaseItems" SET "Name" = 'a' || char(0) || 'b' WHERE "Id" = '${itemId(1)}'`,
            );
            const { code, output } = await run("migrate");
            assert.equal(code, 0, output);
            assert.match(output, /^Devices: 1 times DeviceName shortened$/m);
            assert.match(output, /^BaseItems: 1 times Name without NUL characters$/m);
            const [device] = await ask(`SELECT "DeviceName" AS name FROM "Devices" WHERE "Id" = 1`);
            assert.equal(device?.["name"], "📱".repeat(64));
        });
    });

    describe("is refused, and the target is as it was,", () => {
        beforeEach(() => makeLibrary(file, SMALL));
        async function refused(pattern: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
            const { code, output } = await run("migrate", env);
            assert.equal(code, 1, output);
            assert.match(output, pattern);
            assert.deepEqual(await ask("SELECT FROM pg_namespace WHERE nspname = 'before_migration'"), []);
        }

        it("while a server has the source open, even idle", async () => {
            const server = new DatabaseSync(file);
            server.exec(`PRAGMA journal_mode = WAL; UPDATE "Users" SET "Username" = "Username"`);
            try {
                await refused(/refused: .*\.db: is in use .*; stop that Jellyfin first/);
            } finally {
                server.close();
            }
        });

        it("while the source changes, where no lock is seen", async () => {
            const writing = setInterval(() => change(`UPDATE "Users" SET "Username" = "Username" || 'x'`), 400);
            try {
                await refused(/is in use/);
            } finally {
                clearInterval(writing);
            }
        });

        it("while a server is connected to the target", async () => {
            const server = new Client({
                host: "127.0.0.1",
                port: target.port,
                database: "jellyfin",
                user: "jellyfin",
                password: "tape",
            });
            await server.connect();
            try {
                await refused(/refused: target: 1 other sessions .*kubectl scale statefulset jellyfin --replicas 0/);
            } finally {
                await server.end();
            }
        });

        it("where the source is of another release, with every difference", async () => {
            change(
                `ALTER TABLE "BaseItems" DROP COLUMN "Tagline"; ALTER TABLE "Users" ADD COLUMN "Pin" TEXT; DROP TABLE "TrickplayInfos"`,
            );
            await refused(
                /refused: source: BaseItems lacks Tagline [^\n]*\n(.*\n)*refused: source: has no table TrickplayInfos[^\n]*\n(.*\n)*refused: target: Users lacks Pin/,
            );
        });

        it("where a value has no meaning in its column, with the value", async () => {
            change(`UPDATE "BaseItems" SET "IsMovie" = 2, "DateCreated" = 'yesterday' WHERE "Id" = '${itemId(3)}'`);
            await refused(
                /refused: BaseItems\.DateCreated: "yesterday" is no time; mend[^\n]*\n(.*\n)*refused: BaseItems\.IsMovie: 2 is no whole number from 0 to 1/,
            );
            assert.equal(await counted("BaseItems"), 1);
        });

        it("where the source is cut off or not there", async () => {
            const whole = statSync(file).size;
            const { truncateSync } = await import("node:fs");
            truncateSync(file, whole / 2);
            await refused(/is no whole SQLite database/);
            rmSync(file);
            await refused(/is not there; give the path of jellyfin\.db with --source/);
        });

        it("where no Jellyfin has made the target's tables", async () => {
            await ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            await refused(/refused: target: has no tables .*start one replica/);
        });

        it("when it is killed in the middle", async () => {
            makeLibrary((file = join(folder, `${count++}.db`)), 5_000);
            const child = target.begin("migrate", file);
            let output = "";
            child.stdout.on("data", (text: Buffer) => (output += text.toString()));
            await eventually("it moves", () => output.includes("BaseItems: "), 60_000);
            child.kill("SIGKILL");
            await once(child, "close");
            await eventually("its session is over", async () => {
                const [row] = await target.askAsAdministrator(
                    "SELECT count(*)::int AS rows FROM pg_stat_activity WHERE usename = 'jellyfin' AND application_name = 'library-migration'",
                    "jellyfin",
                );
                return row?.["rows"] === 0;
            });
            assert.equal(await counted("BaseItems"), 1);
            const again = await run("migrate");
            assert.equal(again.code, 0, again.output);
        });
    });
});

function linesOf(rows: readonly Readonly<Record<string, unknown>>[]): Set<string> {
    return new Set(rows.map(({ line }) => String(line)));
}
