import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresFolder } from "../../lab/images/programs/programs";
import { changeLibrary, itemId, makeLibrary } from "./library";
import { MigrationTarget, type MigrationTask } from "./migration-target";
import { removeFolder } from "../../support/scratch-folder";

const FILMS = 50;
const REPLACE = { MIGRATION_REPLACE: "true" };

describe("a database that a library moves into", function () {
    this.timeout(120_000);
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
        makeLibrary((file = join(folder, `${count++}.db`)), FILMS);
    });

    async function succeeds(task: MigrationTask, env: NodeJS.ProcessEnv = {}): Promise<string> {
        const { code, output } = await target.run(task, file, env);
        assert.equal(code, 0, output);
        return output;
    }
    async function refused(env: NodeJS.ProcessEnv = {}): Promise<string> {
        const { code, output } = await target.run("migrate", file, env);
        assert.equal(code, 1, output);
        return output;
    }
    const schemas = async () =>
        (
            await target.ask("SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'before%' ORDER BY nspname")
        ).map(({ name }) => String(name));
    /** Everybody watches everything once more. */
    const watch = (times: number) => target.ask(`UPDATE "UserData" SET "PlayCount" = ${times}`);
    const watched = async () =>
        (await target.ask(`SELECT DISTINCT "PlayCount" AS times FROM "UserData"`)).map(({ times }) => times);

    it("is not replaced where somebody has used it, unless that is said", async () => {
        await target.ask(
            `INSERT INTO "BaseItems" SELECT (jsonb_populate_record(item, '{"Id": "00000000-0000-0000-0000-000000000002"}')).* FROM "BaseItems" AS item`,
        );
        assert.match(await refused(), /refused: target: is in use \(BaseItems has 1 rows\); add --replace/);
        assert.deepEqual([await target.counted("BaseItems"), await schemas()], [2, []]);
        await succeeds("migrate", REPLACE);
        assert.equal(await target.counted("BaseItems"), FILMS + 1);
    });

    it("is migrated again without a word where nobody has, and taken back to what was there before the first time", async () => {
        await target.ask(`UPDATE "BaseItems" SET "Name" = 'as it was'`);
        // Without their item some rows stay behind, which is no change of anybody's.
        changeLibrary(file, `DELETE FROM "BaseItems" WHERE "Id" = '${itemId(FILMS)}'`);
        assert.match(await succeeds("migrate"), /rows have no parent/);
        await succeeds("migrate");
        assert.deepEqual(await schemas(), ["before_migration"]);
        assert.match(await succeeds("roll-back"), /as it was before the newest migration$/m);
        assert.deepEqual(await target.ask(`SELECT "Name" FROM "BaseItems"`), [{ Name: "as it was" }]);
        assert.equal(await target.counted("UserData"), 0);
        assert.match(
            (await target.run("roll-back", file)).output,
            /refused: target: was never migrated; there is nothing to go back to/,
        );
    });

    it("is not migrated again where it was used since, be it by one row, and says which tables differ", async () => {
        await succeeds("migrate");
        await target.ask(`UPDATE "UserData" SET "PlayCount" = 777 WHERE "ItemId" = '${itemId(1)}'`);
        for (const task of ["migrate", "check"] as const) {
            const { code, output } = await target.run(task, file);
            assert.equal(code, 1, output);
            assert.match(
                output,
                /refused: target: is in use \(changed since it was migrated: UserData\); add --replace to replace it/,
            );
        }
        const [used] = await target.ask(`SELECT count(*)::int AS rows FROM "UserData" WHERE "PlayCount" = 777`);
        assert.equal(used?.["rows"], 1);
    });

    it("keeps what was done since where it is replaced all the same, and is taken back one step after the other", async () => {
        await target.ask(`UPDATE "BaseItems" SET "Name" = 'as it was'`);
        await succeeds("migrate");
        await watch(777);
        const said = await succeeds("migrate", REPLACE);
        assert.match(said, /has replaced is kept in before_migration_\d{8}_\d{6}$/m);
        assert.ok(!(await watched()).includes(777));
        // That nobody has used, and it is not kept again.
        await succeeds("migrate", REPLACE);
        assert.equal((await schemas()).length, 2);

        assert.match(await succeeds("roll-back"), /an earlier one has replaced something too; --rollback again/);
        assert.deepEqual(await watched(), [777]);
        assert.equal(await target.counted("BaseItems"), FILMS + 1);
        assert.match(await refused(), /changed since it was migrated: UserData/);

        assert.doesNotMatch(await succeeds("roll-back"), /an earlier one/);
        assert.deepEqual(await target.ask(`SELECT "Name" FROM "BaseItems"`), [{ Name: "as it was" }]);
        assert.deepEqual(await schemas(), []);
    });

    it("is not migrated again where a migration has not noted what it left", async () => {
        await succeeds("migrate");
        await target.ask("DROP TABLE before_migration.arrived");
        assert.match(await refused(), /is in use \(migrated, without a note of what it held then\); add --replace/);
        await watch(3);
        await succeeds("migrate", REPLACE);
        await succeeds("roll-back");
        assert.deepEqual(await watched(), [3]);
    });
});
