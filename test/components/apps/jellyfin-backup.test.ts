import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
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
    "data/subtitles/a1/a1b2/0.srt": false,
    "data/attachments/a1/a1b2/font.ttf": false,
    "kept/users/anna/@eaDir/a picture.png@SynoEAStream": false,
    "data/PgsqlBackups/dump.sql": false,
    "data/jellyfin.db": false,
    "data/jellyfin.db-wal": false,
    "data/library.db.old": false,
    "data/SQLiteBackups/20260101000000_jellyfin.db": false,
    "data/of-a-plugin.db": true,
    "metadata/library/picture.jpg": false,
    "log/jellyfin-0/log.txt": false,
};
const KEPT = Object.values(FILES).filter(Boolean).length;

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
    const backup = (words: Readonly<Record<string, string>>) =>
        store.run(BACK_UP, { SHARED: shared, KEEP_DAYS: "90", MOST_BYTES: "1048576", ...words }, store.exchange());
    /** Each in a folder of its own, so that no two have one name. */
    async function backUp(words: Readonly<Record<string, string>> = {}): Promise<string> {
        const TARGET = `house:databases/configuration-${++backups}`;
        const ended = await backup({ TARGET, ...words });
        assert.equal(ended.code, 0, ended.output);
        assert.match(ended.output, new RegExp(`: ${KEPT} files\\n$`));
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
        assert.match(output, new RegExp(`: ${KEPT} files; the configuration holds 0\\na dry run: nothing was changed`));
        assert.deepEqual(readdirSync(shared), []);
    });

    it("takes the place of what is there only when it is told so, and puts that aside", async () => {
        const target = await backUp();
        write("kept/system.xml", "newer");
        write("kept/new.xml", "new");
        open(shared);
        const refused = await putBack(target);
        assert.equal(refused.code, 1);
        assert.match(
            refused.output,
            new RegExp(`holds ${KEPT + 1} files \\(a restore would mix both\\); say --replace .*nothing was changed`),
        );
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

    const keysOf = async (part: string) => (await store.keys()).filter((key) => key.includes(part));

    it("is none when a file cannot be packed", async () => {
        const tar = store.program("tar", "echo gone; exit 1");
        const PATH = `${tar}:${store.path}`;
        const { code, output } = await backup({ TARGET: "house:databases/configuration-unpacked", PATH });
        assert.equal(code, 1);
        assert.match(output, /nothing is whole/);
        assert.deepEqual(await keysOf("unpacked"), []);
    });

    it("is none when a folder cannot be read, which is named with what to do", async () => {
        write("data/closed/file", "");
        chmodSync(join(shared, "data/closed"), 0);
        const { code, output } = await backup({ TARGET: "house:databases/configuration-unread" });
        chmodSync(join(shared, "data/closed"), 0o755);
        assert.equal(code, 1);
        assert.match(output, /data\/closed.*Permission denied\n.*let user \d+ read what is named, or remove it\n$/);
        assert.deepEqual(await keysOf("unread"), []);
    });

    it("is whole although a name went while the folders were walked", async () => {
        const once = join(store.exchange(), "walked-once");
        const real = `find "$@"; [ -e ${once} ] || { : > ${once}; echo "kept/.kept-jellyfin-0: gone" >&2; exit 1; }`;
        const find = store.program("find", real.replace("find", "/usr/bin/find"));
        await backUp({ PATH: `${find}:${store.path}` });
        assert.ok(existsSync(once));
    });

    it("is none when it is larger than a restore has room for, with what takes the most room in it", async () => {
        // What is random is as large when it is packed.
        writeFileSync(join(shared, "data/recording.ts"), randomBytes(3_000_000), { mode: 0o644 });
        write("data/plugin/cache", "");
        writeFileSync(join(shared, "data/plugin/cache"), randomBytes(4_000_000), { mode: 0o644 });
        open(shared);
        const { code, output } = await backup({ TARGET: "house:databases/configuration-large" });
        assert.equal(code, 1);
        assert.match(output, /larger than the 1 MiB that a restore has room for, packed; nothing was kept/);
        assert.match(
            output,
            /\n4 MiB in data\/plugin\n3 MiB in data\n0 MiB in .*\nmove away what is no configuration/s,
        );
        assert.deepEqual(await keysOf("large"), []);
    });

    it("comes back too where it was made when more was kept", async () => {
        const name = "20261101T031500Z";
        const kept = Object.keys(FILES).filter((path) => FILES[path] === true || /subtitles|attachments/.test(path));
        const dump = execFileSync("tar", ["-cz", ...kept.map((path) => `./${path}`)], { cwd: shared });
        const sha256 = createHash("sha256").update(dump).digest("hex");
        await store.write(`configuration-older/${name}.dump`, dump);
        await store.write(
            `configuration-older/${name}.manifest`,
            Buffer.from(`format 1\nsha256 ${sha256}\nfiles ${kept.length}\n`),
        );
        empty();
        const { code, output } = await putBack("house:databases/configuration-older");
        assert.equal(code, 0, output);
        for (const path of kept) assert.ok(existsSync(join(shared, path)), path);
    });

    it("is not said to be missing where the bucket cannot be asked", async () => {
        const { code, output } = await putBack("house:nobody's-bucket/configuration");
        assert.equal(code, 1);
        assert.match(output, /ERROR.*\nhouse:nobody's-bucket\/configuration: cannot be listed.*is above\n$/s);
        assert.doesNotMatch(output, /there is no whole dump/);
        const nothing = await putBack("house:databases/configuration-of-nobody");
        assert.match(nothing.output, /^house:.*: there is no whole dump ""/);
    });
});
