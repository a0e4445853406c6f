import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TEST_PICTURE } from "../../../../../lab/images/programs/jellyfin/library/library";
import { ANNA, bench, emptyHouse, type Bench } from "./bench";
import type { House, ServerProcess } from "./server-process";

const ITEM = `/Items/${TEST_PICTURE}`;
const SECOND_TICKS = 10_000_000;

async function positionOf(response: Response): Promise<number | undefined> {
    return Number(/"PlaybackPositionTicks":(\d+)/.exec(await response.text())?.[1]);
}

describe("two replicas of the Jellyfin stand-in on one database", function () {
    this.timeout(90_000);
    let made: Bench | undefined;
    let house: House;
    let one: ServerProcess;
    let two: ServerProcess;

    before(async function () {
        made = await bench();
        if (made === undefined) this.skip();
    });
    after(async () => made?.database.remove());

    beforeEach(async () => {
        assert.ok(made);
        house = await emptyHouse(made);
        one = await house.started("jellyfin-0");
        await one.completeWizard(ANNA);
        two = await house.started("jellyfin-1");
    });
    afterEach(async () => house.remove());

    it("know a token only if it is older than their start", async () => {
        const token = await one.logIn(ANNA);
        assert.equal(await one.status("/Users/Me", { token }), 200);
        assert.equal(await two.status("/Users/Me", { token }), 401);

        await two.kill();
        await two.start();
        assert.equal(await two.status("/Users/Me", { token }), 200);
    });

    it("know a program's key at once", async () => {
        const token = await one.logIn(ANNA);
        assert.equal(await one.status("/Auth/Keys?app=probe", { method: "POST", token }), 204);
        const key = /"AccessToken":"(\w+)"/.exec(await (await one.ask("/Auth/Keys", { token })).text())?.[1] ?? "";
        assert.equal(await one.status("/Users", { token: key }), 200);
        assert.equal(await two.status("/Users", { token: key }), 200);
        assert.equal(await two.status(`/Items?api_key=${key}`), 200);
        assert.equal(await two.status("/Users", { token: "0".repeat(32) }), 401);
    });

    it("take the former token of a device back where it logs in anew, and only there", async () => {
        const old = await one.logIn(ANNA);
        await two.kill();
        await two.start();
        const young = await one.logIn(ANNA);
        assert.equal(await one.status("/Users/Me", { token: old }), 401);
        assert.equal(await one.status("/Users/Me", { token: young }), 200);
        assert.equal(await two.status("/Users/Me", { token: old }), 200);
    });

    it("name themselves in each answer, and are one server to a client", async () => {
        const [first, second] = [await one.ask("/System/Info/Public"), await two.ask("/System/Info/Public")];
        assert.deepEqual(
            [first.headers.get("X-Homelab-Pod"), second.headers.get("X-Homelab-Pod")],
            ["jellyfin-0", "jellyfin-1"],
        );
        const id = async (response: Response) => /"Id":"(\w{32})"/.exec(await response.text())?.[1];
        const shared = await id(first);
        assert.ok(shared);
        assert.equal(await id(second), shared);
    });

    it("keep a position that one of them got before it was killed", async () => {
        const token = await one.logIn(ANNA);
        await two.kill();
        await two.start();
        const body = { ItemId: TEST_PICTURE, PositionTicks: 42 * SECOND_TICKS };
        assert.equal(await one.status("/Sessions/Playing/Progress", { method: "POST", token, body }), 204);
        await one.kill();

        assert.equal(await positionOf(await two.ask("/UserItems/Resume", { token })), 42 * SECOND_TICKS);
        assert.equal(await positionOf(await two.ask(ITEM, { token })), 42 * SECOND_TICKS);
    });

    it("do not see each other's later positions of what they were asked for already", async () => {
        const token = await one.logIn(ANNA);
        await two.kill();
        await two.start();
        assert.equal(await positionOf(await two.ask(ITEM, { token })), 0);
        const body = { ItemId: TEST_PICTURE, PositionTicks: 7 * SECOND_TICKS };
        await one.status("/Sessions/Playing/Progress", { method: "POST", token, body });
        assert.equal(await positionOf(await one.ask(ITEM, { token })), 7 * SECOND_TICKS);
        assert.equal(await positionOf(await two.ask(ITEM, { token })), 0);
    });

    it("list only their own sessions", async () => {
        const token = await one.logIn(ANNA, "television");
        assert.match(await (await one.ask("/Sessions", { token })).text(), /"DeviceId":"television"/);
        await two.kill();
        await two.start();
        const other = await two.logIn(ANNA, "telephone");
        const listed = await (await two.ask("/Sessions", { token: other, device: "telephone" })).text();
        assert.match(listed, /"DeviceId":"telephone"/);
        assert.doesNotMatch(listed, /television/);
    });

    it("leave each other's transcode folder alone, and empty their own at a start", async () => {
        for (const server of [one, two]) {
            mkdirSync(join(server.transcodes, "deep"), { recursive: true });
            writeFileSync(join(server.transcodes, "deep", "left.ts"), "");
        }
        await one.kill();
        await one.start();
        assert.equal(existsSync(join(one.transcodes, "deep")), false);
        assert.equal(existsSync(join(two.transcodes, "deep", "left.ts")), true);
    });
});
