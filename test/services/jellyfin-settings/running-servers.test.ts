import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ENTER_KEY } from "../../../components/apps/jellyfin/configuration-scripts";
import { ANNA, bench, emptyHouse, type Bench } from "../../lab/images/programs/jellyfin/bench";
import { postgresFolder } from "../../lab/images/programs/programs";
import type { House, ServerProcess } from "../../lab/images/programs/jellyfin/server-process";
import { program, run, type Ended } from "./house-server";

const KEY = "keyOfTheHouse0123456789";
const PASSWORD = "passwordOfTheAdministrator";
const SETTINGS = {
    system: { ServerName: "the house", QuickConnectAvailable: false, EnableMetrics: true },
    network: { KnownProxies: ["10.42.0.0/16"], LocalNetworkSubnets: ["192.168.20.0/24"], AutoDiscovery: false },
    encoding: { HardwareAccelerationType: "vaapi", HardwareDecodingCodecs: ["h264", "hevc"] },
};

describe("the settings of running Jellyfins", function () {
    this.timeout(90_000);
    let made: Bench | undefined;
    let house: House;
    let servers: ServerProcess[];

    before(async function () {
        made = await bench();
        if (made === undefined) this.skip();
    });
    after(async () => made?.database.remove());
    beforeEach(async () => {
        assert.ok(made);
        house = await emptyHouse(made);
        for (const name of ["media/movies", "more", "anna"]) mkdirSync(join(house.library, name), { recursive: true });
        servers = [await house.started("jellyfin-0"), await house.started("jellyfin-1")];
    });
    afterEach(async () => house.remove());

    const movies = () => ({ name: "Movies", type: "movies", folders: [join(house.library, "media", "movies")] });

    /** Both containers of the job, one after the other. */
    async function job(
        libraries: readonly object[] = [movies()],
        settings: object = SETTINGS,
        heldBack = 0,
    ): Promise<Ended> {
        assert.ok(made);
        const { POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD } = made.env;
        const entered = await run(["/bin/sh", "-c", ENTER_KEY], {
            PATH: `${postgresFolder() ?? ""}:${process.env["PATH"] ?? ""}`,
            ...{ PGHOST: POSTGRES_HOST, PGPORT: POSTGRES_PORT, PGUSER: POSTGRES_USER, PGPASSWORD: POSTGRES_PASSWORD },
            PGDATABASE: "jellyfin",
            API_KEY: KEY,
        });
        assert.equal(entered.code, 0, entered.output);
        return program("apply", {
            SERVERS: servers.map(({ port }) => `http://127.0.0.1:${port}`).join(" "),
            HELD_BACK: `${heldBack}`,
            SETTINGS: JSON.stringify(settings),
            LIBRARIES: JSON.stringify(libraries),
            ADMINISTRATOR: "admin",
            ADMINISTRATOR_PASSWORD: PASSWORD,
            API_KEY: KEY,
        });
    }

    async function found(server: ServerProcess, path: string): Promise<Record<string, unknown>> {
        return (await (await server.ask(path, { token: KEY })).json()) as Record<string, unknown>;
    }

    it("are written by one run, on every pod, without a click", async () => {
        const { code, output } = await job();
        assert.equal(code, 0, output);
        for (const server of servers) {
            assert.equal((await found(server, "/System/Info/Public"))["StartupWizardCompleted"], true);
            const system = await found(server, "/System/Configuration");
            assert.deepEqual([system["ServerName"], system["EnableMetrics"]], ["the house", true]);
            const network = await found(server, "/System/Configuration/network");
            assert.deepEqual(network["KnownProxies"], ["10.42.0.0/16"]);
            // Not named, and not its default in this server: a whole object was sent.
            assert.equal(network["InternalHttpPort"], server.port);
            const encoding = await found(server, "/System/Configuration/encoding");
            assert.deepEqual(encoding["HardwareDecodingCodecs"], ["h264", "hevc"]);
            const libraries = (await found(server, "/Library/VirtualFolders")) as unknown as object[];
            assert.partialDeepStrictEqual(libraries, [
                { Name: "Movies", CollectionType: "movies", Locations: movies().folders },
            ]);
        }
    });

    it("are tried on the last pod alone where it is a canary, and the wizard is over on all", async () => {
        const { code, output } = await job(undefined, undefined, 1);
        assert.equal(code, 0, output);
        const names = servers.map(async (server) => (await found(server, "/System/Configuration"))["ServerName"]);
        const [first, last] = await Promise.all(names);
        assert.equal(last, "the house");
        assert.notEqual(first, "the house");
        for (const server of servers)
            assert.equal((await found(server, "/System/Info/Public"))["StartupWizardCompleted"], true);
        await job();
        const [system] = await Promise.all(servers.map((server) => found(server, "/System/Configuration")));
        assert.equal(system?.["ServerName"], "the house");
    });

    it("have one administrator, who can log in on each pod, and a key that each pod knows", async () => {
        await job();
        for (const server of servers) {
            const body = { Username: "admin", Pw: PASSWORD };
            assert.equal(
                await server.status("/Users/AuthenticateByName", { method: "POST", device: `${server.port}`, body }),
                200,
            );
            assert.equal(
                await server.status("/Startup/User", { method: "POST", body: { Name: "x", Password: "x" } }),
                401,
            );
            const keys = await found(server, "/Auth/Keys");
            assert.partialDeepStrictEqual(keys, { TotalRecordCount: 1 });
        }
    });

    it("are left alone by a second run", async () => {
        await job();
        const { code, output } = await job();
        assert.equal(code, 0);
        assert.equal(output.trim(), "everything is as it is wanted; nothing was written");
    });

    it("keep what people have set and the house does not name", async () => {
        await job();
        const [first] = servers;
        assert.ok(first);
        const path = "/System/Configuration";
        const set = { ...(await found(first, path)), MetadataCountryCode: "DE", EnableMetrics: false };
        await first.status(path, { method: "POST", token: KEY, body: set });
        const mine = { name: "Anna's", type: "homevideos", folders: [join(house.library, "anna")] };
        await job([mine]);
        const { output } = await job([{ ...movies(), folders: [...movies().folders, join(house.library, "more")] }]);
        assert.match(output, /wrote libraries Movies\n1 writes/);
        const system = await found(first, path);
        assert.deepEqual([system["MetadataCountryCode"], system["EnableMetrics"]], ["DE", true]);
        const libraries = (await found(first, "/Library/VirtualFolders")) as unknown as { Name: string }[];
        assert.deepEqual(libraries.map(({ Name }) => Name).sort(), ["Anna's", "Movies"]);
        assert.match(JSON.stringify(libraries), /"[^"]*\/more"/);
    });

    it("are written where somebody has been through the wizard before", async () => {
        await servers[0]?.completeWizard(ANNA);
        const { code, output } = await job();
        assert.equal(code, 0, output);
        assert.doesNotMatch(output, /with admin/);
        assert.ok(await servers[0]?.logIn(ANNA));
    });

    it("say no secret", async () => {
        const { output } = await job();
        for (const secret of [KEY, PASSWORD]) assert.equal(output.includes(secret), false);
    });

    it("are refused with a reason: a library of another type, a folder that is not there, a key that nobody knows", async () => {
        await job();
        const other = await job([{ ...movies(), type: "music" }]);
        assert.equal(other.code, 1);
        assert.match(other.output, /refused: library "Movies" is there with the type movies, not music/);
        const missing = await job([{ ...movies(), name: "Films", folders: [join(house.library, "x")] }]);
        assert.match(missing.output, /answered 404 \(it does not see a folder that it is told of\)/);
        assert.ok(made);
        await made.database.query('DELETE FROM "ApiKeys"', { password: "battery staple", database: "jellyfin" });
        const stranger = await program("apply", {
            SERVERS: `http://127.0.0.1:${servers[0]?.port ?? 0}`,
            HELD_BACK: "0",
            ...{ SETTINGS: JSON.stringify(SETTINGS), LIBRARIES: "[]", ADMINISTRATOR: "admin" },
            ...{ ADMINISTRATOR_PASSWORD: PASSWORD, API_KEY: "unknown" },
        });
        assert.match(
            stranger.output,
            /GET \/System\/Configuration is answered 401 \(it does not know the house's key\)/,
        );
    });
});
