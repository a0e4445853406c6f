import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encryptedDatabase, type EncryptedDatabase } from "../../support/encrypted-database";
import { run } from "../jellyfin-settings/house-server";
import { makeLibrary } from "./library";
import { postgresSchema } from "./schema";
import { removeFolder } from "../../support/scratch-folder";

const MAIN = resolve(__dirname, "../../../services/library-migration/main.ts");
const PASSWORD = "correct horse";

describe("the migration, with a real server that takes encrypted connections only,", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "migration-"));
    const library = join(folder, "jellyfin.db");
    let found: EncryptedDatabase;

    before(async function () {
        const made = await encryptedDatabase(PASSWORD);
        if (made === undefined) return this.skip();
        found = made;
        await found.server.query(postgresSchema(), { password: PASSWORD });
        await found.encryptedOnly();
        makeLibrary(library, 20);
    });
    after(async () => {
        removeFolder(folder);
        await (found as EncryptedDatabase | undefined)?.close();
    });

    const migrate = (env: NodeJS.ProcessEnv) =>
        run([process.execPath, "--import", "tsx", MAIN], {
            ...{ PGHOST: "127.0.0.1", PGPORT: String(found.server.port), PGDATABASE: "postgres" },
            ...{ PGUSER: "postgres", PGPASSWORD: PASSWORD, MIGRATION_TASK: "check" },
            ...{ MIGRATION_SOURCE: library, MIGRATION_BACKUPS: join(folder, "backups") },
            ...env,
        });

    for (const [how, env] of [
        ["encrypts where it is told to", () => ({ PGSSLMODE: "require" })],
        ["encrypts by itself where it is told nothing", () => ({})],
        ["checks the server by its authority", () => ({ PGSSLMODE: "verify-full", PGSSLROOTCERT: found.authority })],
    ] as const) {
        it(how, async () => {
            const { code, output } = await migrate(env());
            assert.equal(code, 0, output);
            assert.match(output, /everything could be moved/);
        });
    }

    it("talks to no server that another authority vouches for", async () => {
        for (const mode of ["verify-full", "require"]) {
            const { code, output } = await migrate({ PGSSLMODE: mode, PGSSLROOTCERT: found.stranger });
            assert.equal(code, 1, mode);
            assert.match(output, /^refused: .*(certificate|signature)/m);
        }
    });

    it("talks to none where it has no authority to ask", async () => {
        const { code, output } = await migrate({ PGSSLMODE: "verify-full", PGSSLROOTCERT: "/nowhere/ca.crt" });
        assert.equal(code, 1);
        assert.match(output, /^refused: PGSSLROOTCERT: \/nowhere\/ca\.crt is not there/m);
    });
});
