import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { eventually } from "../../support/eventually";
import { JellyfinPods, write } from "./jellyfin-pods";
import { removeFolder } from "../../support/scratch-folder";

/** The times of the library's scan, by the id that every Jellyfin gives it. */
const SCAN = "7738148f-fcd0-7979-c7ce-b148e06b3aed.js";

describe("the configuration of a Jellyfin pod", function () {
    this.timeout(60_000);
    const pods = JellyfinPods.forEachTest();
    const shared = (...path: string[]) => pods().shared(...path);
    const own = (pod: string, ...path: string[]) => pods().own(pod, ...path);
    const seen = (pod: string, ...path: string[]) => pods().seen(pod, ...path);
    const start = (pod: string, env: NodeJS.ProcessEnv = {}) => pods().start(pod, env);
    const keep = (pod: string) => pods().keep(pod);
    const system = (pod: string) => pods().system(pod);

    it("has what the house wants before the server starts, in a folder of its own", async () => {
        const { code, output } = await start("jellyfin-0");
        assert.equal(code, 0, output);
        assert.match(system("jellyfin-0"), /<EnableMetrics>true</);
        assert.match(readFileSync(own("jellyfin-0", "network.xml"), "utf8"), /<string>10\.42\.0\.0\/16</);
        assert.match(readFileSync(own("jellyfin-0", "encoding.xml"), "utf8"), />vaapi</);
    });

    it("refuses at once an image without PostgreSQL's client, such as Jellyfin's own", async () => {
        const { code, output } = await start("jellyfin-0", { PATH: pods().withoutClient() });
        assert.equal(code, 1);
        assert.match(output, /^refused: jellyfin\.image has no pg_isready, .*; write an image .*, or leave .* out\n$/);
        assert.deepEqual(readdirSync(shared()), []);
    });

    it("begins with what an installation brought along, but for the password in plain text", async () => {
        write(
            shared("config", "system.xml"),
            "<ServerConfiguration><MetadataCountryCode>DE</MetadataCountryCode></ServerConfiguration>",
        );
        write(shared("config", "database.xml"), "<x>secret</x>");
        write(shared("config", "users", "anna", "profile.png"), "picture");
        write(shared("config", "ScheduledTasks", "1.js"), "[]");
        await start("jellyfin-0");
        assert.match(system("jellyfin-0"), /<MetadataCountryCode>DE</);
        assert.equal(readFileSync(own("jellyfin-0", "ScheduledTasks", "1.js"), "utf8"), "[]");
        assert.equal(readFileSync(own("jellyfin-0", "users", "anna", "profile.png"), "utf8"), "picture");
        for (const path of [
            shared("config", "database.xml"),
            shared("kept", "database.xml"),
            own("jellyfin-0", "database.xml"),
        ])
            assert.equal(existsSync(path), false, path);
    });

    it("keeps what people set for the next pod that starts, and the house's own words stay", async () => {
        await start("jellyfin-0");
        keep("jellyfin-0");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-0", "last", "system.xml")));
        const set = system("jellyfin-0")
            .replace("<EnableMetrics>true", "<EnableMetrics>false")
            .replace("</Server", "<MetadataCountryCode>DE</MetadataCountryCode></Server");
        write(own("jellyfin-0", "system.xml"), set);
        write(own("jellyfin-0", "database.xml"), "<x>secret</x>");
        await eventually("it is kept", () => readFileSync(shared("kept", "system.xml"), "utf8").includes("DE"));
        await start("jellyfin-1");
        assert.match(system("jellyfin-1"), /<MetadataCountryCode>DE</);
        assert.match(system("jellyfin-1"), /<EnableMetrics>true</);
        assert.equal(existsSync(shared("kept", "database.xml")), false);
    });

    it("keeps no file that is half written, and takes none back that the other pod kept", async () => {
        await start("jellyfin-0");
        await start("jellyfin-1");
        const [first, second] = [keep("jellyfin-0"), keep("jellyfin-1")];
        await eventually("both have looked", () =>
            ["0", "1"].every((pod) => existsSync(seen(`jellyfin-${pod}`, "last", "system.xml"))),
        );
        write(own("jellyfin-0", "encoding.xml"), "<EncodingOptions><a>1</a");
        write(own("jellyfin-0", "system.xml"), "<ServerConfiguration><a>of the first</a></ServerConfiguration>");
        await eventually("it is kept", () => existsSync(shared("kept", "system.xml")));
        const ends = [second, first].map((keeper) => once(keeper, "close"));
        for (const keeper of [second, first]) keeper.kill("SIGTERM");
        assert.deepEqual(
            (await Promise.all(ends)).map(([code]) => code as unknown),
            [0, 0],
        );
        assert.match(readFileSync(shared("kept", "system.xml"), "utf8"), /of the first/);
        assert.equal(existsSync(shared("kept", "encoding.xml")), false);
    });

    it("runs by itself what is the same for all pods in the first pod only, at the times that people set", async () => {
        await start("jellyfin-0");
        assert.equal(existsSync(own("jellyfin-0", "ScheduledTasks")), false);
        const weekly = '[{"Type":"WeeklyTrigger","DayOfWeek":"Sunday","TimeOfDayTicks":0}]';
        write(shared("kept", "ScheduledTasks", SCAN), weekly);
        await start("jellyfin-0");
        await start("jellyfin-1");
        const times = (pod: string) => readFileSync(own(pod, "ScheduledTasks", SCAN), "utf8");
        assert.deepEqual([times("jellyfin-0"), times("jellyfin-1")], [weekly, "[]"]);
        await start("jellyfin-1", { ONE_POD_RUNS_TASKS: "false" });
        assert.equal(times("jellyfin-1"), weekly);
    });

    it("keeps at its end what was set a moment before", async () => {
        await start("jellyfin-0");
        const keeper = keep("jellyfin-0");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-0", "last", "system.xml")));
        write(own("jellyfin-0", "branding.xml"), "<BrandingOptions></BrandingOptions>\n");
        const end = once(keeper, "close");
        keeper.kill("SIGTERM");
        await end;
        assert.ok(existsSync(shared("kept", "branding.xml")));
    });

    const MARKED = "<ServerConfiguration><a>set meanwhile</a></ServerConfiguration>";

    it("serves on while the shared folder takes nothing, and keeps what was set as soon as it does", async () => {
        await start("jellyfin-0");
        removeFolder(shared("kept"));
        write(shared("kept"), "no folder");
        const keeper = keep("jellyfin-0");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-0", "last", "system.xml")));
        let complaint = "";
        keeper.stderr?.on("data", (part: Buffer) => (complaint += part.toString()));
        write(own("jellyfin-0", "system.xml"), MARKED);
        await eventually(
            "it has tried twice",
            () => (complaint.match(/could not keep .\/system\.xml/g) ?? []).length > 1,
        );
        assert.equal(keeper.exitCode, null);
        rmSync(shared("kept"));
        mkdirSync(shared("kept"));
        await eventually("it is kept", () => existsSync(shared("kept", "system.xml")));
        assert.equal(readFileSync(shared("kept", "system.xml"), "utf8"), MARKED);
    });

    it("keeps what was set while the container beside it was down", async () => {
        await start("jellyfin-0");
        const first = keep("jellyfin-0");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-0", "last", "system.xml")));
        const end = once(first, "close");
        first.kill("SIGKILL");
        await end;
        write(own("jellyfin-0", "system.xml"), MARKED);
        keep("jellyfin-0");
        await eventually("it is kept", () => existsSync(shared("kept", "system.xml")));
        assert.equal(readFileSync(shared("kept", "system.xml"), "utf8"), MARKED);
    });

    it("takes no schedule away from all pods when the power was cut, after which the first pod alone has it", async () => {
        const weekly = '[{"Type":"WeeklyTrigger","DayOfWeek":"Sunday","TimeOfDayTicks":0}]';
        await start("jellyfin-1");
        const first = keep("jellyfin-1");
        await eventually("it has looked once", () => existsSync(seen("jellyfin-1", "last", "system.xml")));
        write(own("jellyfin-1", "ScheduledTasks", SCAN), weekly);
        await eventually("it is kept", () => existsSync(shared("kept", "ScheduledTasks", SCAN)));
        const end = once(first, "close");
        first.kill("SIGKILL");
        await end;
        // The pod's own folder is in memory, and what the container has seen on a disk.
        await start("jellyfin-1");
        assert.equal(readFileSync(own("jellyfin-1", "ScheduledTasks", SCAN), "utf8"), "[]");
        const again = keep("jellyfin-1");
        write(own("jellyfin-1", "branding.xml"), "<BrandingOptions></BrandingOptions>\n");
        await eventually("it has looked", () => existsSync(seen("jellyfin-1", "last", "branding.xml")));
        const stopped = once(again, "close");
        again.kill("SIGTERM");
        await stopped;
        assert.equal(readFileSync(shared("kept", "ScheduledTasks", SCAN), "utf8"), weekly);
    });

    it("makes the folders of the libraries, and names the one that it cannot make", async () => {
        await start("jellyfin-0");
        assert.ok(existsSync(pods().media("tv")));
        write(pods().media("file"), "");
        const blocked = await start("jellyfin-0", { MEDIA_FOLDERS: pods().media("file", "x") });
        assert.equal(blocked.code, 1);
        assert.match(
            blocked.output,
            /refused: .*\/file\/x: cannot be made \(ENOTDIR.*make it on the NAS, for user \d+/,
        );
    });

    it("holds back a release that changes the tables until somebody says so, and the old one from then on", async () => {
        await start("jellyfin-0");
        const held = await start("jellyfin-0", { RELEASE: "12.0.0" });
        assert.equal(held.code, 1);
        assert.match(held.output, /^refused: Jellyfin 10\.11\.11 ran here, and 12\.0\.0 changes the tables/);
        assert.equal((await start("jellyfin-0", { RELEASE: "12.0.0", UPGRADE_FROM: "10.11.11" })).code, 0);
        assert.match((await start("jellyfin-1")).output, /refused: Jellyfin 12\.0\.0 ran here/);
        assert.equal((await start("jellyfin-1", { RELEASE: "12.0.0" })).code, 0);
    });
});
