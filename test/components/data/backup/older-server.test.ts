import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESTORE } from "../../../../components/data/backup/restore-script";
import { TestDatabase } from "../../../lab/images/programs/database";
import { postgresFolder } from "../../../lab/images/programs/programs";
import { giveAway, runScript } from "./script";
import { removeFolder } from "../../../support/scratch-folder";

const PASSWORD = "correct horse";
const LINE = "SET transaction_timeout = 0;";

describe("a restore on a server that is older than pg_restore", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "older-"));
    const ends: (() => Promise<void>)[] = [];
    let server: TestDatabase;
    let programs: string;

    before(async function () {
        const found = postgresFolder();
        if (found === undefined) this.skip();
        programs = found;
        chmodSync(folder, 0o755);
        server = new TestDatabase(programs);
        ends.push(() => server.remove());
        await server.start(PASSWORD);
        for (const name of ["jellyfin", "copy"]) await ask(`CREATE DATABASE ${name}`, "postgres");
        await ask(`CREATE TABLE lines (line text); INSERT INTO lines VALUES ('${LINE}'), ('-- Name: x'), ('${LINE}')`);
    });
    after(async () => {
        for (const end of ends) await end();
        removeFolder(folder);
    });

    const ask = (text: string, database = "jellyfin") => server.query(text, { database, password: PASSWORD });

    /** Folder with a program in place of another, which it finds as `$REAL`. */
    function instead(name: string, script: string): string {
        const bin = join(folder, `instead-of-${name}`);
        mkdirSync(bin);
        writeFileSync(join(bin, name), `#!/bin/sh\nREAL=${programs}/${name}\n${script}\n`, { mode: 0o755 });
        return bin;
    }

    it("sets nothing that the server does not know, and keeps every line of the data", async () => {
        const exchange = join(folder, "exchange");
        mkdirSync(exchange);
        giveAway(exchange);
        // Release 17 and later write the line by themselves.
        const newer = instead("pg_restore", `"$REAL" "$@" | sed 's/^SET lock_timeout = 0;$/&\\n${LINE}/'`);
        const heard = instead("psql", `case "$*" in *--command=*) exec "$REAL" "$@" ;; esac\ntee said | "$REAL" "$@"`);
        const env = {
            PATH: [newer, heard, programs, process.env["PATH"] ?? ""].join(":"),
            ...{ HOME: exchange, EXCHANGE: exchange, REPLACE: "no", DRY_RUN: "no" },
            ...{ PGHOST: "127.0.0.1", PGPORT: String(server.port), PGUSER: "postgres", PGPASSWORD: PASSWORD },
        };
        const dumped = await runScript(`cd "$EXCHANGE"; pg_dump --format=custom --file=dump jellyfin`, env);
        assert.equal(dumped.code, 0, dumped.output);
        const sum = createHash("sha256")
            .update(readFileSync(join(exchange, "dump")))
            .digest("hex");
        writeFileSync(join(exchange, "manifest"), `format 1\ndatabase jellyfin\nsha256 ${sum}\nrows public.lines 3\n`);
        writeFileSync(join(exchange, "name"), "20261128T023000Z\n");

        const restored = await runScript(RESTORE, { ...env, PGDATABASE: "copy" });
        assert.equal(restored.code, 0, restored.output);
        const said = readFileSync(join(exchange, "said"), "utf8").split("\n");
        const head = said.slice(
            0,
            said.findIndex((line) => line.startsWith("-- Name: ")),
        );
        assert.ok(head.includes("SET lock_timeout = 0;") && !head.includes(LINE), head.join("\n"));
        const lines = await ask("SELECT line FROM lines", "copy");
        assert.deepEqual(
            lines.map(({ line }) => line),
            [LINE, "-- Name: x", LINE],
        );
    });
});
