import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestDatabase } from "../database";
import { postgresFolder } from "../programs";

const PASSWORD = "correct horse";

describe("the entrypoint of the PostgreSQL image", function () {
    this.timeout(60_000);
    let programs: string | undefined;
    let database: TestDatabase;

    before(function () {
        programs = postgresFolder();
        if (programs === undefined) this.skip();
    });
    beforeEach(() => {
        database = new TestDatabase(programs ?? "");
    });
    afterEach(async () => database.remove());

    it("makes the database at the first start, and keeps it over a restart", async () => {
        const first = await database.start(PASSWORD);
        await database.query("CREATE TABLE kept AS SELECT 42 AS answer", { password: PASSWORD });
        await first.stop();

        const second = await database.start(PASSWORD);
        assert.deepEqual(await database.query("SELECT answer FROM kept", { password: PASSWORD }), [{ answer: 42 }]);
        assert.doesNotMatch(second.output, /made the database/);
        assert.equal((await second.stop()).code, 0);
    });

    it("hands its arguments to the server, and switches compilation off", async () => {
        await database.start(PASSWORD, ["-c", "max_connections=37"]);
        const settings = await database.query(
            "SELECT current_setting('max_connections') AS connections, current_setting('jit') AS jit, current_setting('listen_addresses') AS addresses",
            { password: PASSWORD },
        );
        assert.deepEqual(settings, [{ connections: "37", jit: "off", addresses: "*" }]);
    });

    it("takes arguments without the program's name", async () => {
        const run = database.run(["--version"], { POSTGRES_PASSWORD: PASSWORD });
        assert.match((await run.ended()).output, /postgres \(PostgreSQL\) \d+/);
    });

    it("runs another program instead where it is given one", async () => {
        const ended = await database.run(["sh", "-c", "echo other; exit 5"], {}).ended();
        assert.deepEqual(ended, { code: 5, output: "other\n" });
        assert.equal(existsSync(database.data), false);
    });

    it("refuses a client of the network with a wrong password, and stores none in clear", async () => {
        await database.start(PASSWORD);
        await assert.rejects(database.query("SELECT 1", { password: "wrong" }), /password authentication failed/);
        const [row] = await database.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'", {
            password: PASSWORD,
        });
        assert.match(String(row?.["rolpassword"]), /^SCRAM-SHA-256\$/);
    });

    it("makes the user and the database that it is told, the password from a file", async () => {
        const secret = join(database.folder, "password");
        writeFileSync(secret, `${PASSWORD}\n`, { mode: 0o644 });
        await database.start("", [], {
            ...{ POSTGRES_PASSWORD: "", POSTGRES_PASSWORD_FILE: secret, POSTGRES_USER: "anna", POSTGRES_DB: "films" },
            POSTGRES_HOST_AUTH_METHOD: "trust",
        });
        const asked = { password: PASSWORD, user: "anna", database: "films" };
        assert.deepEqual(await database.query("SELECT current_user AS me, current_database() AS here", asked), [
            { me: "anna", here: "films" },
        ]);
    });

    it("hands further words to initdb", async () => {
        await database.start(PASSWORD, [], { POSTGRES_INITDB_ARGS: "--data-checksums --wal-segsize=1" });
        const [row] = await database.query("SELECT current_setting('data_checksums') AS sums", { password: PASSWORD });
        assert.deepEqual(row, { sums: "on" });
    });

    it("runs the folder's scripts once, in the order of their names", async () => {
        writeFileSync(join(database.scripts, "1-table.sql"), "CREATE TABLE steps (who text);\n");
        writeFileSync(join(database.scripts, "2-row.sh"), `psql -c "INSERT INTO steps VALUES ('script')"\nexit 0\n`);
        writeFileSync(join(database.scripts, "3-notes.txt"), "not run");
        const first = await database.start(PASSWORD);
        await first.stop();
        await database.start(PASSWORD);
        assert.deepEqual(await database.query("SELECT who FROM steps", { password: PASSWORD }), [{ who: "script" }]);
    });

    it("begins anew after a first start that failed half way", async () => {
        const script = join(database.scripts, "1-broken.sql");
        writeFileSync(script, "SELECT nothing_of_the_kind;\n");
        const broken = await database.run(["postgres"], { POSTGRES_PASSWORD: PASSWORD }).ended();
        assert.equal(broken.code, 3);
        assert.match(broken.output, /nothing_of_the_kind[^]*1-broken\.sql: failed with exit code 3/);
        assert.equal(existsSync(database.data), false);

        writeFileSync(script, "CREATE TABLE whole ();\n");
        await database.start(PASSWORD);
        assert.equal((await database.query("SELECT FROM whole", { password: PASSWORD })).length, 0);
    });

    it("refuses an empty password, unless everybody is to be trusted", async () => {
        const refused = await database.run(["postgres"], {}).ended();
        assert.equal(refused.code, 64);
        assert.match(refused.output.trimEnd().split("\n").at(-1) ?? "", /POSTGRES_PASSWORD: is empty/);
        await database.start("", [], { POSTGRES_HOST_AUTH_METHOD: "trust" });
        assert.equal((await database.query("SELECT 1", {})).length, 1);
    });

    it("says which folder it may not write", async () => {
        chmodSync(join(database.folder, "volume"), 0o500);
        const ended = await database.run(["postgres"], { POSTGRES_PASSWORD: PASSWORD }).ended();
        assert.equal(ended.code, 73);
        assert.match(ended.output.trimEnd().split("\n").at(-1) ?? "", /volume\/17: cannot be written by user id \d+/);
    });

    it("leaves files that are no database alone", async () => {
        await database.run(["sh", "-c", 'mkdir -p "$PGDATA" && printf kept > "$PGDATA/precious"'], {}).ended();
        const ended = await database.run(["postgres"], { POSTGRES_PASSWORD: PASSWORD }).ended();
        assert.equal(ended.code, 73);
        assert.match(ended.output, /docker: holds files but no database/);
        assert.equal(readFileSync(join(database.data, "precious"), "utf8"), "kept");
    });

    it("does not start on the data of another version", async () => {
        await (await database.start(PASSWORD)).stop();
        writeFileSync(join(database.data, "PG_VERSION"), "9\n");
        const ended = await database.run(["postgres"], { POSTGRES_PASSWORD: PASSWORD }).ended();
        assert.equal(ended.code, 64);
        assert.match(ended.output, /was made by version 9 \(this is \d+\)/);
    });

    it("comes back after a kill, with what was committed", async () => {
        const run = await database.start(PASSWORD);
        await database.query("CREATE TABLE kept ()", { password: PASSWORD });
        await run.stop("SIGKILL");
        await database.start(PASSWORD);
        assert.equal((await database.query("SELECT FROM kept", { password: PASSWORD })).length, 0);
    });
});
