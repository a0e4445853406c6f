import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETUP } from "../../../components/data/own-database";
import { createAuthority, issueCertificate } from "../../../lab/pki/certificate";
import { TestDatabase } from "../../lab/images/programs/database";
import { postgresFolder } from "../../lab/images/programs/programs";

const PASSWORD = "correct horse";

describe("the job that makes a database, with a real server that encrypts,", function () {
    this.timeout(60_000);
    let server: TestDatabase;
    const ends: (() => Promise<void> | void)[] = [];
    let folder: string;
    let programs: string;

    before(async function () {
        const found = postgresFolder();
        if (found === undefined) this.skip();
        programs = found;
        folder = mkdtempSync(join(tmpdir(), "encryption-"));
        ends.push(() => rmSync(folder, { recursive: true }));
        chmodSync(folder, 0o755);
        const authority = await createAuthority("database authority");
        const certificate = await issueCertificate(authority, {
            ...{ commonName: "jellyfin-postgres", ipAddresses: ["127.0.0.1"], usages: ["server"] },
        });
        const file = (name: string, text: string) => {
            const path = join(folder, name);
            writeFileSync(path, text, { mode: 0o600 });
            if (process.getuid?.() === 0) chownSync(path, 65534, 65534);
            return path;
        };
        file("ca.crt", authority.certificate);
        file("other.crt", (await createAuthority("somebody else")).certificate);
        server = new TestDatabase(programs);
        ends.unshift(() => server.remove());
        const files = {
            ssl_cert_file: file("tls.crt", certificate.certificate),
            ssl_key_file: file("tls.key", certificate.key),
        };
        const settings = Object.entries({ ssl: "on", ...files }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
        await server.start(PASSWORD, settings);
    });
    after(async () => {
        for (const end of ends) await end();
    });

    function setup(authority: string, owner: string) {
        const connection = {
            PGHOST: "127.0.0.1",
            PGPORT: String(server.port),
            PGUSER: "postgres",
            PGPASSWORD: PASSWORD,
        };
        const words = {
            PATIENCE_SECONDS: "2",
            DATABASE_NAME: owner,
            DATABASE_OWNER: owner,
            DATABASE_PASSWORD: "o'wner\\",
        };
        return spawnSync("/bin/sh", ["-c", SETUP], {
            encoding: "utf8",
            timeout: 20_000,
            env: {
                PATH: `${programs}:${process.env["PATH"] ?? ""}`,
                ...{ PGSSLMODE: "verify-full", PGSSLROOTCERT: join(folder, authority) },
                ...connection,
                ...words,
            },
        });
    }

    it("checks the server, makes a user and a database of its own, and may run again", async () => {
        for (const run of ["first", "second"]) {
            const { status, stderr } = setup("ca.crt", "radarr");
            assert.equal(status, 0, `${run}: ${stderr}`);
        }
        const owner = { user: "radarr", password: "o'wner\\" };
        assert.deepEqual(await server.query("SELECT current_user AS me", { ...owner, database: "radarr" }), [
            { me: "radarr" },
        ]);
        setup("ca.crt", "sonarr");
        await assert.rejects(
            server.query("SELECT 1", { ...owner, database: "sonarr" }),
            /permission denied for database/,
        );
    });

    it("talks to no server that another authority vouches for", () => {
        const { status, stderr } = setup("other.crt", "lidarr");
        assert.notEqual(status, 0);
        assert.match(stderr, /certificate verify failed/);
    });
});
