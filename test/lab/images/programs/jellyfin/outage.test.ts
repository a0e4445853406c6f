import assert from "node:assert/strict";
import { TEST_PICTURE } from "../../../../../lab/images/programs/jellyfin/library/library";
import { eventually } from "../../../../support/eventually";
import { ANNA, bench, emptyHouse, PASSWORD, type Bench } from "./bench";
import type { House } from "./server-process";

describe("the Jellyfin stand-in while its database is away", function () {
    this.timeout(90_000);
    let made: Bench | undefined;
    let house: House;

    before(async function () {
        made = await bench();
        if (made === undefined) return this.skip();
        house = await emptyHouse(made);
    });
    after(async () => {
        await house.remove();
        await made?.database.remove();
    });

    it("pings, is unhealthy, fails at once where it needs the database, and recovers without a restart", async () => {
        assert.ok(made);
        const server = await house.started("jellyfin-0");
        await server.completeWizard(ANNA);
        const token = await server.logIn(ANNA);
        const { pid } = server;

        await made.database.stop();
        assert.equal(await server.status("/System/Ping"), 200);
        assert.equal(await server.status("/web/"), 200);
        assert.equal(await server.status("/Branding/Configuration"), 200);
        assert.equal(await server.status("/health"), 503);
        assert.equal(await (await server.ask("/health")).text(), "Unhealthy");
        assert.equal(await server.status(`/Items/${TEST_PICTURE}`, { token }), 500);
        assert.equal(await server.status("/Items", { token: "unknown" }), 500);

        await made.database.start(PASSWORD);
        await eventually("it is healthy", async () => (await server.status("/health")) === 200);
        assert.equal(await server.status(`/Items/${TEST_PICTURE}`, { token }), 200);
        assert.equal(server.isRunning && server.pid === pid, true);
        assert.equal(server.output.includes(PASSWORD), false);
    });

    it("has no film that can go on, for a segment asks who watches it", async () => {
        assert.ok(made);
        const [server] = house.servers;
        assert.ok(server);
        const token = await server.logIn(ANNA);
        const segment = `/Videos/${TEST_PICTURE}/hls1/main/0.ts`;
        assert.equal(await server.status(segment, { token }), 200);
        await made.database.stop();
        assert.equal(await server.status(segment, { token }), 500);
    });
});
