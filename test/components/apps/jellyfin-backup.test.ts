import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BACK_UP, PUT_BACK } from "../../../components/apps/jellyfin/backup-scripts";
import { FETCH } from "../../../components/data";
import { hasRclone, RealStore } from "../data/backup/real-store";
import type { ScriptEnded } from "../data/backup/script";
import { removeFolder } from "../../support/scratch-folder";

/** What a running Jellyfin has in its shared folder; true: it is kept. */
const FILES: Readonly<Record<string, boolean>> = {
    "kept/system.xml": true,
    "kept/release": true,
    "kept/set-up": true,
    "kept/users/anna/a picture.png": true,
    "root/default/Movies/movies.collection": true,
    "data/device.txt": true,
    "plugins/configurations/Some plugin.xml": true,
    "plugins/PostgreSQL/provider.dll": false,
    "data/trickplay/1/tiles.jpg": false,
    "data/PgsqlBackups/dump.sql": false,
    "metadata/library/picture.jpg": false,
    "log/jellyfin-0/log.txt": false,
};

describe("a backup of Jellyfin's configuration", function () {
    this.timeout(60_000);
    let store: RealStore;
    let shared: string;
    before(async function () {
        if (!hasRclone()) return this.skip();
        store = await RealStore.start("/usr/bin");
    });
    after(async () => {
        if (hasRclone()) await store.stop();
    });
    beforeEach(() => {
        shared = mkdtempSync(join(tmpdir(), "shared-"));
        for (const path of Object.keys(FILES)) write(path, `content of ${path}`);
        open(shared);
    });
    afterEach(() => removeFolder(shared));

    /** The pods' user, who is not the tests', may write there. */
    function open(folder: string): void {
        chmodSync(folder, 0o777);
        for (const entry of readdirSync(folder, { withFileTypes: true }))
            if (entry.isDirectory()) open(join(folder, entry.name));
    }
    function write(path: string, text: string): void {
        mkdirSync(dirname(join(shared, path)), { recursive: true });
        writeFileSync(join(shared, path), text);
    }
    const read = (path: string) => readFileSync(join(shared, path), "utf8");
    const empty = () => {
        for (const part of readdirSync(shared)) removeFolder(join(shared, part));
    };

    let backups = 0;
    /** Each in a folder of its own, so that no two have one name. */
    async function backUp(): Promise<string> {
        const TARGET = `house:databases/configuration-${++backups}`;
        const ended = await store.run(BACK_UP, { SHARED: shared, TARGET, KEEP_DAYS: "90" }, store.exchange());
        assert.equal(ended.code, 0, ended.output);
        assert.match(ended.output, /: 7 files\n$/);
        return TARGET;
    }

    /** Both containers of the job. */
    async function putBack(TARGET: string, words: Readonly<Record<string, string>> = {}): Promise<ScriptEnded> {
        const folder = store.exchange();
        const env = { SHARED: shared, TARGET, DUMP: "", REPLACE: "no", DRY_RUN: "no", ...words };
        const fetched = await store.run(FETCH, env, folder);
        return fetched.code === 0 ? store.run(PUT_BACK, env, folder) : fetched;
    }

    it("has what cannot be made again, and nothing else", async () => {
        const target = await backUp();
        empty();
        const { code, output } = await putBack(target);
        assert.equal(code, 0, output);
        for (const [path, isKept] of Object.entries(FILES)) {
            assert.equal(existsSync(join(shared, path)), isKept, path);
            if (isKept) assert.equal(read(path), `content of ${path}`);
        }
    });

    it("says what it would do in a dry run, and does nothing", async () => {
        const target = await backUp();
        empty();
        const { code, output } = await putBack(target, { DRY_RUN: "yes" });
        assert.equal(code, 0, output);
        assert.match(output, /: 7 files; the configuration holds 0\na dry run: nothing was changed/);
        assert.deepEqual(readdirSync(shared), []);
    });

    it("takes the place of what is there only when it is told so, and puts that aside", async () => {
        const target = await backUp();
        write("kept/system.xml", "newer");
        write("kept/new.xml", "new");
        open(shared);
        const refused = await putBack(target);
        assert.equal(refused.code, 1);
        assert.match(refused.output, /holds 8 files \(a restore would mix both\); say --replace .*nothing was changed/);
        assert.equal(read("kept/system.xml"), "newer");
        const { code, output } = await putBack(target, { REPLACE: "yes" });
        assert.equal(code, 0, output);
        assert.equal(read("kept/system.xml"), "content of kept/system.xml");
        assert.equal(existsSync(join(shared, "kept/new.xml")), false);
        const [aside = ""] = readdirSync(shared).filter((name) => name.startsWith("before-restore-"));
        assert.equal(read(`${aside}/kept/new.xml`), "new");
        assert.equal(read("data/trickplay/1/tiles.jpg"), "content of data/trickplay/1/tiles.jpg");
    });

    it("is refused when it is not the one that was made, or was cut off", async () => {
        const target = await backUp();
        const [dump = "", manifest = ""] = (await store.keys()).filter((key) => key.includes(`-${backups}/`));
        await store.write(dump, Buffer.concat([await store.read(dump), Buffer.from("x")]));
        const broken = await putBack(target, { REPLACE: "yes" });
        assert.match(broken.output, /is broken: its checksum is .*nothing was changed/);
        const cut = target.replace(String(backups), "cut-off");
        await store.write(dump.replace(`-${backups}/`, "-cut-off/"), await store.read(dump));
        assert.match((await putBack(cut)).output, /there is no whole dump/);
        assert.ok(manifest.endsWith(".manifest"));
    });

    it("is none when a file cannot be read", async () => {
        const TARGET = "house:databases/configuration-unreadable";
        const tar = store.program("tar", "echo gone; exit 1");
        const env = { SHARED: shared, TARGET, KEEP_DAYS: "90", PATH: `${tar}:${store.path}` };
        const { code, output } = await store.run(BACK_UP, env, store.exchange());
        assert.equal(code, 1);
        assert.match(output, /nothing is whole/);
        assert.equal((await store.keys()).filter((key) => /unreadable.*manifest/.test(key)).length, 0);
    });
});
