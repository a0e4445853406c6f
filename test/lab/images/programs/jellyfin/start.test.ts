import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { MIGRATION_LOCK } from "../../../../../lab/images/programs/jellyfin/database/schema";
import { TEST_PICTURE } from "../../../../../lab/images/programs/jellyfin/library/library";
import { eventually } from "../../../../support/eventually";
import { freePorts } from "../../../../support/free-ports";
import { ANNA, bench, emptyHouse, PASSWORD, type Bench } from "./bench";
import type { House } from "./server-process";

describe("a start of the Jellyfin stand-in", function () {
    this.timeout(90_000);
    let made: Bench | undefined;
    let house: House;

    before(async function () {
        made = await bench();
        if (made === undefined) this.skip();
    });
    after(async () => made?.database.remove());

    beforeEach(async () => {
        assert.ok(made);
        house = await emptyHouse(made);
    });
    afterEach(async () => house.remove());

    /** Starts a replica that must end by itself. */
    async function fails(env: NodeJS.ProcessEnv, code: number, reason: RegExp): Promise<void> {
        const server = await house.replica("jellyfin-0", env);
        server.launch();
        assert.equal(await server.ended(), code, server.output);
        assert.match(server.lastLine, /^\[[\d:]{8}\] \[FTL\] /);
        assert.match(server.lastLine, reason);
    }

    /** A path that nobody can make a folder of, whoever they are: a file is in its way. */
    function blocked(name: string): string {
        const path = join(house.folder, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, "");
        return path;
    }

    /** Somebody who migrates, so that a replica has to wait with its own migrations until he ends. */
    async function migrating(): Promise<Client> {
        const {
            POSTGRES_HOST: host,
            POSTGRES_DB: database,
            POSTGRES_USER: user,
            POSTGRES_PORT: port,
        } = made?.env ?? {};
        const client = new Client({ host, database, user, port: Number(port), password: PASSWORD });
        await client.connect();
        await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
        return client;
    }

    it("says healthy while it migrates, but has no branding before it is done", async () => {
        const server = await house.replica("jellyfin-0");
        const other = await migrating();
        server.launch();
        const body = await eventually("it migrates", async () => (await server.ask("/health")).text());
        assert.equal(body, "Degraded");
        assert.equal(await server.status("/health"), 200);
        assert.equal(await server.status("/Branding/Configuration"), 503);
        assert.equal((await server.ask("/System/Ping")).headers.get("Retry-After"), "5");
        assert.match(await (await server.ask("/System/Info/Public")).text(), /"StartupWizardCompleted":false/);
        await other.end();
        await eventually("a ping is answered", async () => (await server.status("/System/Ping")) === 200);
        await eventually("it is ready", async () => (await server.status("/Branding/Configuration")) === 200);
        assert.equal(await (await server.ask("/health")).text(), "Healthy");
    });

    it("prints its variables but no password, and writes a log of its own", async () => {
        const server = await house.replica("jellyfin-0", { JELLYFIN_PublishedServerUrl: "http://films.test" });
        await server.start();
        assert.match(server.output, /Environment JELLYFIN_PublishedServerUrl=http:\/\/films\.test/);
        assert.equal(server.output.includes(PASSWORD), false);
        const folder = join(house.data, "log", "jellyfin-0");
        const [file = ""] = readdirSync(folder).filter((name) => /^log_\d{8}\.log$/.test(name));
        const lines = readFileSync(join(folder, file), "utf8");
        assert.match(lines, /Migrations: applied/);
        assert.equal(lines.includes(PASSWORD), false);
        assert.match(await (await server.ask("/System/Info/Public")).text(), /"LocalAddress":"http:\/\/films\.test"/);
    });

    it("deletes the database provider and copies it", async () => {
        const folder = join(house.data, "plugins", "PostgreSQL");
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "old.dll"), "");
        await house.started("jellyfin-0");
        assert.deepEqual(readdirSync(folder), ["Jellyfin.Plugin.Pgsql.dll"]);
    });

    it("of two replicas at once on an empty database ends well for both", async () => {
        await Promise.all([house.started("jellyfin-0"), house.started("jellyfin-1")]);
        const applied = house.servers.filter((server) => server.output.includes("Migrations: applied"));
        assert.equal(applied.length, 1);
    });

    it("lists the films of the library's folders, and what there is in an empty one", async () => {
        mkdirSync(join(house.library, "movies", "Metropolis (1927)"), { recursive: true });
        writeFileSync(join(house.library, "movies", "Metropolis (1927)", "Metropolis.mkv"), "");
        writeFileSync(join(house.library, "movies", "notes.txt"), "");
        const server = await house.started("jellyfin-0");
        await server.completeWizard(ANNA);
        const token = await server.logIn(ANNA);
        const names = async (path: string) => {
            const text = await (await server.ask(path, { token })).text();
            return [...text.matchAll(/"Name":"([^"]*)"/g)].map(([, name]) => name);
        };
        await eventually("the folders are read", () => server.output.includes("3 items"));
        assert.deepEqual(await names("/Items?Recursive=true"), ["Metropolis", "Test picture"]);
        assert.deepEqual(await names("/Items"), ["Test picture", "movies"]);
        assert.deepEqual(await names(`/Items?ids=&recursive=true&parentId=${TEST_PICTURE}`), []);
    });

    it("lets anybody through the wizard once, and only an administrator afterwards", async () => {
        const server = await house.started("jellyfin-0");
        const anna = { method: "POST", body: { Name: "anna", Password: ANNA } };
        assert.equal(await server.status("/Startup/User", anna), 500);
        assert.equal(await server.status("/Startup/User"), 200);
        assert.equal(
            await server.status("/Startup/User", { method: "POST", body: { Name: "anna", Password: " " } }),
            400,
        );
        assert.equal(await server.status("/Startup/User", anna), 204);
        assert.equal(await server.status("/Startup/Complete", { method: "POST" }), 204);
        assert.equal(await server.status("/Startup/User", anna), 401);
        await assert.rejects(server.logIn("wrong"), /401/);
        const token = await server.logIn(ANNA);
        assert.equal(await server.status("/Startup/User", { ...anna, token }), 204);
    });

    it("answers at the addresses of its ancestors too, which it decodes once more", async () => {
        const server = await house.started("jellyfin-0");
        for (const path of ["/emby/System/Ping", "/MediaBrowser/system/ping", "/emby/%2553ystem/Ping"])
            assert.equal(await server.status(path), 200, path);
        for (const path of ["/embySystem/Ping", "/emby/emby/System/Ping", "/%2553ystem/Ping"])
            assert.equal(await server.status(path), 404, path);
    });

    it("names the variable that is missing or no port", async () => {
        await fails({ POSTGRES_HOST: "" }, 3, /POSTGRES_HOST: is not set/);
        await fails({ POSTGRES_PASSWORD: "" }, 3, /POSTGRES_PASSWORD: is not set/);
        await fails({ POSTGRES_PORT: "tcp://10.43.0.9:5432" }, 3, /POSTGRES_PORT: "tcp:.*enableServiceLinks: false/);
    });

    it("names the database that refuses, and why", async () => {
        await fails({ POSTGRES_PASSWORD: "wrong" }, 1, /database "jellyfin" .*password authentication failed/);
        await fails({ POSTGRES_DB: "missing" }, 1, /database "missing" does not exist/);
        const [closed] = await freePorts("127.0.0.1", 1);
        await fails({ POSTGRES_PORT: String(closed) }, 1, /ECONNREFUSED/);
    });

    it("names the folder that cannot be written", async () => {
        await fails({ JELLYFIN_DATA_DIR: blocked("a") }, 1, /\/a: cannot be written \(EEXIST/);
        await fails({ JELLYFIN_CACHE_DIR: blocked("b") }, 1, /\/b: cannot be written/);
        await fails({ JELLYFIN_LOG_DIR: join(blocked("c"), "log") }, 1, /\/c\/log: cannot be written \(ENOTDIR/);
        blocked("d/transcodes");
        await fails({ JELLYFIN_CACHE_DIR: join(house.folder, "d") }, 1, /\/d\/transcodes: cannot be written/);
    });

    it("refuses one folder for two purposes", async () => {
        const shared = join(house.folder, "both");
        await fails(
            { JELLYFIN_CACHE_DIR: shared, JELLYFIN_LOG_DIR: shared },
            1,
            /expected to find only \.jellyfin-cache/,
        );
    });

    it("refuses an ffmpeg that cannot be run", async () => {
        await fails(
            { JELLYFIN_FFMPEG: join(house.folder, "no-ffmpeg") },
            1,
            /no-ffmpeg: cannot be run as ffmpeg .*ENOENT/,
        );
        assert.equal(existsSync(join(house.folder, "no-ffmpeg")), false);
    });
});
