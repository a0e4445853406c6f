import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PREPARE } from "../../../components/apps/jellyfin/configuration-scripts";
import { SETUP } from "../../../components/data/own-database";
import { encryptedDatabase, type EncryptedDatabase } from "../../support/encrypted-database";
import { removeFolder } from "../../support/scratch-folder";

const PASSWORD = "correct horse";

describe("our jobs, with a real database server that encrypts:", function () {
    this.timeout(60_000);
    let found: EncryptedDatabase;
    const folder = mkdtempSync(join(tmpdir(), "jobs-"));

    before(async function () {
        const made = await encryptedDatabase(PASSWORD);
        if (made === undefined) return this.skip();
        found = made;
    });
    after(async () => {
        removeFolder(folder);
        await (found as EncryptedDatabase | undefined)?.close();
    });

    /** With nothing but these variables, and those of a connection that checks the server. */
    function job(script: string, authority: string, words: NodeJS.ProcessEnv) {
        return spawnSync("/bin/sh", ["-c", script], {
            encoding: "utf8",
            timeout: 20_000,
            env: {
                PATH: `${found.programs}:${process.env["PATH"] ?? ""}`,
                ...{ PGSSLMODE: "verify-full", PGSSLROOTCERT: authority },
                ...{ PGHOST: "127.0.0.1", PGPORT: String(found.server.port), PGUSER: "postgres", PGPASSWORD: PASSWORD },
                ...words,
            },
        });
    }

    const setup = (authority: string, owner: string) =>
        job(SETUP, authority, {
            PATIENCE_SECONDS: "2",
            DATABASE_NAME: owner,
            DATABASE_OWNER: owner,
            DATABASE_PASSWORD: "o'wner\\",
        });

    it("the one that makes a database checks the server, makes a user and a database of its own, and may run again", async () => {
        for (const run of ["first", "second"]) {
            const { status, stderr } = setup(found.authority, "radarr");
            assert.equal(status, 0, `${run}: ${stderr}`);
        }
        const owner = { user: "radarr", password: "o'wner\\" };
        assert.deepEqual(await found.server.query("SELECT current_user AS me", { ...owner, database: "radarr" }), [
            { me: "radarr" },
        ]);
        setup(found.authority, "sonarr");
        await assert.rejects(
            found.server.query("SELECT 1", { ...owner, database: "sonarr" }),
            /permission denied for database/,
        );
    });

    it("the one that makes a database talks to no server that another authority vouches for", () => {
        const { status, stderr } = setup(found.stranger, "lidarr");
        assert.notEqual(status, 0);
        assert.match(stderr, /certificate verify failed/);
    });

    it("what asks before Jellyfin starts takes no other server for its own", () => {
        const words = { PGDATABASE: "postgres", POD_NAME: "jellyfin-0", SHARED: folder, OWN: folder };
        const fine = job(PREPARE, found.authority, words);
        assert.equal(fine.status, 0, fine.stderr);
        const other = job(PREPARE, found.stranger, words);
        assert.notEqual(other.status, 0);
        assert.match(other.stderr, /certificate verify failed/);
    });
});
