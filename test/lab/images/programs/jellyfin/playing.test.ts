import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TEST_PICTURE } from "../../../../../lab/images/programs/jellyfin/library/library";
import { eventually } from "../../../../support/eventually";
import { ANNA, bench, emptyHouse, type Bench } from "./bench";
import type { House, ServerProcess } from "./server-process";

const FILM = `/Videos/${TEST_PICTURE}`;

describe("a film of the Jellyfin stand-in", function () {
    this.timeout(90_000);
    let made: Bench | undefined;
    let house: House;
    let server: ServerProcess;
    let token: string;

    before(async function () {
        made = await bench();
        if (made === undefined) return this.skip();
        house = await emptyHouse(made);
        server = await house.started("jellyfin-0");
        await server.completeWizard(ANNA);
        token = await server.logIn(ANNA);
    });
    after(async () => {
        await house.remove();
        await made?.database.remove();
    });

    /** What ffmpeg says of a segment: start and streams; it must decode it without a complaint. */
    async function decoded(response: Response): Promise<string> {
        assert.equal(response.status, 200);
        const file = join(house.folder, "segment.ts");
        writeFileSync(file, Buffer.from(await response.arrayBuffer()));
        const args = ["-nostdin", "-hide_banner", "-xerror", "-i", file, "-f", "null", "-"];
        const { status, stderr } = spawnSync(made?.ffmpeg ?? "ffmpeg", args, { encoding: "utf8" });
        assert.equal(status, 0, stderr);
        return stderr;
    }

    function encoders(): number[] {
        const children = (pid: string) =>
            spawnSync("ps", ["-o", "pid=,comm=", "--ppid", pid], { encoding: "utf8" }).stdout;
        return children(String(server.pid))
            .split("\n")
            .filter((line) => line.includes("ffmpeg"))
            .map((line) => Number.parseInt(line, 10));
    }

    it("is listed as playlists that lead to segments, each with the query that it came with", async () => {
        const master = await server.ask(`${FILM}/master.m3u8?api_key=${token}`);
        assert.match(await master.text(), new RegExp(`^main\\.m3u8\\?api_key=${token}$`, "m"));
        const main = await (await server.ask(`${FILM}/main.m3u8?api_key=${token}`)).text();
        assert.equal(main.match(/^#EXTINF:3\.000000/gm)?.length, 200);
        assert.match(main, new RegExp(`^hls1/main/199\\.ts\\?api_key=${token}$`, "m"));
        assert.match(main, /#EXT-X-ENDLIST\n$/);
    });

    it("is really encoded: the first segment and one far away decode, each at its place in time", async () => {
        const first = await decoded(await server.ask(`${FILM}/hls1/main/0.ts?playSessionId=a`, { token }));
        assert.match(first, /Video: h264.*320x180/);
        assert.match(first, /Audio: aac/);
        assert.match(first, /Duration: 00:00:0[23]\.\d+, start: 1\.[34]/);
        const far = await decoded(await server.ask(`${FILM}/hls1/main/100.ts?playSessionId=a`, { token }));
        assert.match(far, /start: 301\.[34]/);
        const last = await decoded(await server.ask(`${FILM}/hls1/main/199.ts?playSessionId=a`, { token }));
        assert.match(last, /start: 598\.[34]/);
    });

    it("is encoded on, so that the next segments come without a new encoder", async () => {
        await decoded(await server.ask(`${FILM}/hls1/main/10.ts?playSessionId=b`, { token }));
        const before = encoders();
        await decoded(await server.ask(`${FILM}/hls1/main/12.ts?playSessionId=b`, { token }));
        assert.equal(before.length > 0, true);
        assert.deepEqual(encoders(), before);
    });

    it("ends to be encoded, and leaves no file, when it is stopped", async () => {
        await server.status(`${FILM}/hls1/main/0.ts?playSessionId=c`, { token });
        const path = "/Videos/ActiveEncodings?deviceId=test";
        assert.equal(await server.status(path, { method: "DELETE", token }), 204);
        await eventually("no encoder is left", () => encoders().length === 0);
        assert.deepEqual(readdirSync(server.transcodes), [".jellyfin-transcode"]);
    });

    it("is not there for a stranger, for an unknown film, and after its end", async () => {
        assert.equal(await server.status(`${FILM}/hls1/main/0.ts`), 401);
        assert.equal(await server.status(`/Videos/${"0".repeat(32)}/main.m3u8`, { token }), 404);
        assert.equal(await server.status(`${FILM}/hls1/main/200.ts`, { token }), 404);
        assert.equal(await server.status(`${FILM}/hls1/main/..%2f..%2fpasswd.ts`, { token }), 404);
    });

    it("goes on at any segment on another replica that knows the token", async () => {
        const other = await house.started("jellyfin-1");
        const path = `${FILM}/hls1/main/50.ts?playSessionId=d`;
        await decoded(await server.ask(path, { token }));
        await decoded(await other.ask(path, { token }));
    });

    it("is finished as far as it was asked for when the server is told to end, which takes nobody new", async () => {
        const running = server.ask(`${FILM}/hls1/main/150.ts?playSessionId=e`, { token });
        await eventually("it is being encoded", () => server.output.includes("at segment 150"));
        const code = server.ended();
        server.signal("SIGTERM");
        const [answer, refused] = await Promise.allSettled([
            running,
            eventually("it has heard", () => server.output.includes("received SIGTERM")).then(() =>
                server.ask("/health"),
            ),
        ]);
        assert.equal(refused.status, "rejected");
        assert.ok(answer.status === "fulfilled");
        await decoded(answer.value);
        assert.equal(await code, 0);
        assert.match(server.lastLine, /Main: ended/);
    });
});
