import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare } from "../../../services/jellyfin-settings/prepare";

const FILM = "the only copy of the holidays";

describe("what a server that somebody else has taken over left for the next start", () => {
    let folder: string;
    let film: string;
    let said: string[];
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "prepare-"));
        for (const name of ["data", "kept", "own"]) mkdirSync(join(folder, name));
        film = join(folder, "data", "holidays.mkv");
        writeFileSync(film, FILM);
        said = [];
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const kept = (...path: string[]) => join(folder, "kept", ...path);
    const own = (...path: string[]) => join(folder, "own", ...path);
    const start = () => {
        prepare(
            {
                kept: kept(),
                own: own(),
                files: { system: { EnableMetrics: true }, network: {}, encoding: {} },
                isSetUp: true,
                release: "10.11.11",
                upgradeFrom: "",
                mediaFolders: [],
                tasksElsewhere: true,
            },
            "jellyfin-1",
            (line) => said.push(line),
        );
        assert.deepEqual(readdirSync(join(folder, "data")), ["holidays.mkv"]);
        assert.equal(readFileSync(film, "utf8"), FILM);
        assert.match(readFileSync(own("system.xml"), "utf8"), /<EnableMetrics>true</);
        assert.ok(lstatSync(own("system.xml")).isFile());
        assert.ok(lstatSync(own("ScheduledTasks")).isDirectory());
    };

    it("leads no write elsewhere, and is told in one line: links in place of a file, of a folder, and deeper", () => {
        symlinkSync(film, kept("system.xml"));
        symlinkSync(join(folder, "data"), kept("ScheduledTasks"));
        mkdirSync(kept("plugins"));
        symlinkSync(film, kept("plugins", "plugin.xml"));
        start();
        const line = said.find((text) => text.includes("no file and no folder"));
        for (const name of ["system.xml", "ScheduledTasks", "plugins/plugin.xml"])
            assert.ok(line?.includes(kept(name)));
        assert.deepEqual(readdirSync(own("plugins")), []);
    });

    it("leads no write elsewhere by a link in the place of the half-made note of the release", () => {
        symlinkSync(film, kept("release.jellyfin-1"));
        start();
        assert.equal(readFileSync(kept("release"), "utf8"), "10.11.11\n");
    });

    it("leads no write elsewhere by links in the pod's own folder, which outlives its containers", () => {
        writeFileSync(kept("branding.xml"), "<BrandingOptions />");
        symlinkSync(film, own("branding.xml"));
        symlinkSync(film, own("system.xml"));
        symlinkSync(join(folder, "data"), own("ScheduledTasks"));
        start();
        assert.equal(readFileSync(own("branding.xml"), "utf8"), "<BrandingOptions />");
    });

    it("does not hold a start up for ever with a pipe in the place of a file", () => {
        execFileSync("mkfifo", [kept("branding.xml")]);
        start();
        assert.ok(said.some((text) => text.startsWith(`${kept("branding.xml")}: no file and no folder`)));
    });

    it("is what people have set, where it is files and folders, and nothing is told", () => {
        mkdirSync(kept("plugins"));
        writeFileSync(kept("plugins", "plugin.xml"), "<PluginConfiguration />");
        start();
        assert.equal(readFileSync(own("plugins", "plugin.xml"), "utf8"), "<PluginConfiguration />");
        assert.ok(!said.some((text) => text.includes("no file and no folder")));
    });
});
