import assert from "node:assert/strict";
import { DUMPS_KEPT_AT_LEAST, FORGET } from "../../../../components/data/backup/forget-script";
import { hasRclone, RealStore } from "./real-store";

const DAY_MS = 86_400_000;
/** One moment for all names: they have seconds in them. */
const NOW_MS = Date.now();

describe("dumps that have become old, in a real bucket,", function () {
    this.timeout(60_000);
    let store: RealStore;
    let houses = 0;
    before(async function () {
        if (!hasRclone()) return this.skip();
        store = await RealStore.start("/usr/bin");
    });
    after(async () => {
        if (hasRclone()) await store.stop();
    });

    /** Name of a dump of some days ago. */
    const ago = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString().replace(/[-:]|\.\d+/g, "");
    const whole = (days: number) => [`${ago(days)}.dump`, `${ago(days)}.manifest`];
    const eachNight = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, night) => whole(from + night)).flat();

    /** What is left of a folder with these objects once the job of this night has kept its dump. */
    async function left(keys: readonly string[], env: Record<string, string> = {}) {
        const folder = `house-${++houses}`;
        for (const key of keys) await store.write(`${folder}/${key}`, Buffer.from("kept"));
        const words = { TARGET: `house:databases/${folder}`, KEEP_DAYS: "90", ...env };
        const ended = await store.run(`set -eu\n${FORGET}\nforget`, words, store.exchange());
        const all = (await store.keys()).filter((key) => key.startsWith(`${folder}/`));
        return { ...ended, names: all.map((key) => key.slice(folder.length + 1)) };
    }

    it("go, and those of the last days stay", async () => {
        const recent = eachNight(0, 8);
        const { code, output, names } = await left([...recent, ...whole(89), ...whole(91), ...whole(400)]);
        assert.deepEqual([code, output], [0, "deleted what is older than 90 days: 4 objects\n"]);
        assert.deepEqual(names, [...recent, ...whole(89)].sort());
    });

    it("stay where they are the newest whole ones: dumps may have failed for months", async () => {
        const nights = eachNight(100, 100 + DUMPS_KEPT_AT_LEAST + 1);
        const { names } = await left(nights);
        assert.deepEqual(names, nights.slice(0, 2 * DUMPS_KEPT_AT_LEAST).sort());
    });

    it("stay as long as there are no whole ones in their place", async () => {
        const cutOff = Array.from({ length: 20 }, (_, night) => `${ago(night)}.dump`);
        const { names } = await left([...cutOff, ...whole(100)]);
        assert.deepEqual(names, [...cutOff, ...whole(100)].sort());
    });

    it("go where they were cut off, too", async () => {
        const recent = eachNight(0, 8);
        const { names } = await left([...recent, `${ago(120)}.dump`]);
        assert.deepEqual(names, recent.sort());
    });

    it("are all that goes: neither other names nor what lies deeper, as a cluster's archive", async () => {
        const recent = eachNight(0, 8);
        const others = ["20200101T000000Z.dump.copy", "by-hand.dump", "pg-a1b2c3/base/20200101T000000/data.tar.gz"];
        const { names } = await left([...recent, ...others, `pg-a1b2c3/${ago(120)}.dump`]);
        assert.deepEqual(names, [...recent, ...others, `pg-a1b2c3/${ago(120)}.dump`].sort());
    });

    it("do not fail the dump of this night where they cannot be deleted", async () => {
        const refusing = store.program("rclone", '[ "$1" != delete ] || exit 1; exec /usr/bin/rclone "$@"');
        const dumps = [...eachNight(0, 8), ...whole(120)];
        const { code, output, names } = await left(dumps, { PATH: `${refusing}:${store.path}` });
        assert.equal(code, 0);
        assert.match(output, /^older dumps than 90 days could not be deleted/);
        assert.deepEqual(names, dumps.sort());
    });
});
