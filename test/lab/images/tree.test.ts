import assert from "node:assert/strict";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { difference, readTree } from "../../../lab/images/tree";
import { removeFolder } from "../../support/scratch-folder";

describe("the difference of two trees", () => {
    let folder = "";
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "tree-"));
    });
    afterEach(() => removeFolder(folder));

    const put = (path: string, text = path) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
    };
    const tree = (name: string) => readTree(join(folder, name));
    const changes = async () => difference(await tree("new"), (await tree("old")).index);
    const paths = async () => (await changes()).map(({ kind, path }) => `${kind} ${path}`).sort();

    it("is nothing for equal content, whatever its times", async () => {
        put("old/etc/a", "same");
        put("new/etc/a", "same");
        assert.deepEqual(await changes(), []);
    });

    it("holds what is new, and what has other content, mode or target", async () => {
        for (const side of ["old", "new"]) {
            put(`${side}/etc/text`, side);
            put(`${side}/etc/mode`, "same");
            put(`${side}/etc/same`, "same");
            symlinkSync(side, join(folder, side, "link"));
        }
        chmodSync(join(folder, "new/etc/mode"), 0o600);
        put("new/srv/deep/file");
        const expected = [
            "file etc/mode",
            "file etc/text",
            "file srv/deep/file",
            "folder srv",
            "folder srv/deep",
            "link link",
        ];
        assert.deepEqual(await paths(), expected);
    });

    it("marks what is gone, a folder once and not what was in it", async () => {
        put("old/etc/gone");
        put("old/opt/deep/gone");
        put("new/etc/new");
        assert.deepEqual(await paths(), ["file .wh.opt", "file etc/.wh.gone", "file etc/new"]);
    });

    it("stores a file with two names once, and whole where its first name is no part of it", async () => {
        put("old/a", "text");
        put("new/a", "text");
        linkSync(join(folder, "new/a"), join(folder, "new/b"));
        put("new/c", "other");
        linkSync(join(folder, "new/c"), join(folder, "new/d"));
        assert.deepEqual(await paths(), ["file b", "file c", "same d"]);
    });

    it("leaves out what a container gets from its runtime", async () => {
        put("old/etc/a", "same");
        put("new/etc/a", "same");
        put("new/etc/resolv.conf");
        put("new/var/log/dpkg.log");
        assert.deepEqual(await paths(), ["folder var", "folder var/log"]);
    });
});
