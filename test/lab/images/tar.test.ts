import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tarOf, type TarEntry } from "../../../lab/images/tar";
import { removeFolder } from "../../support/scratch-folder";

async function bytesOf(entries: readonly TarEntry[]): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of tarOf(entries)) pieces.push(piece);
    return Buffer.concat(pieces);
}

const root = { uid: 0, gid: 0 };
const file = (path: string, text: string, mode = 0o644): TarEntry => {
    const data = Buffer.from(text);
    return { kind: "file", path, mode, ...root, size: data.length, read: () => [data] };
};

describe("a tar file of the lab", () => {
    let folder = "";
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "tar-"));
    });
    afterEach(() => removeFolder(folder));

    const unpack = (archive: Buffer) => {
        const made = spawnSync("tar", ["-x", "-p", "-C", folder], { input: archive, encoding: "utf8" });
        assert.equal(made.stderr, "");
        assert.equal(made.status, 0);
    };

    it("is unpacked by tar with content, modes, links and second names", async () => {
        unpack(
            await bytesOf([
                { kind: "folder", path: "bin", mode: 0o750, ...root },
                file("bin/run", "#!/bin/sh\n", 0o755),
                { kind: "same", path: "bin/again", mode: 0o755, ...root, target: "bin/run" },
                { kind: "link", path: "sh", mode: 0o777, ...root, target: "bin/run" },
                file("exact", "x".repeat(512)),
                file("empty", ""),
            ]),
        );
        assert.equal(readFileSync(join(folder, "sh"), "utf8"), "#!/bin/sh\n");
        assert.equal(readlinkSync(join(folder, "sh")), "bin/run");
        assert.equal(statSync(join(folder, "bin")).mode & 0o777, 0o750);
        assert.equal(statSync(join(folder, "bin/run")).mode & 0o777, 0o755);
        assert.equal(statSync(join(folder, "bin/again")).ino, statSync(join(folder, "bin/run")).ino);
        assert.equal(readFileSync(join(folder, "exact"), "utf8").length, 512);
        assert.equal(lstatSync(join(folder, "empty")).size, 0);
    });

    it("holds names and targets that are long or not ASCII", async () => {
        // 88 and 89 bytes around: where the length of a record gets a digit more by counting itself.
        const names = [80, 86, 87, 88, 89, 90, 91, 92, 120, 240].map((length) => "n".repeat(length));
        unpack(
            await bytesOf([
                ...names.map((name) => file(`some-folder/${name}`, name)),
                file("Größe", "umlaut"),
                { kind: "link", path: "far", mode: 0o777, ...root, target: "t".repeat(150) },
            ]),
        );
        for (const name of names) assert.equal(readFileSync(join(folder, "some-folder", name), "utf8"), name);
        assert.equal(readFileSync(join(folder, "Größe"), "utf8"), "umlaut");
        assert.equal(readlinkSync(join(folder, "far")), "t".repeat(150));
    });

    it("is the same to the byte each time", async () => {
        const entries = [file("a", "1"), file("b", "2")];
        assert.deepEqual(await bytesOf(entries), await bytesOf(entries));
    });

    it("is refused when a file gives other bytes than it announced", async () => {
        const short: TarEntry = { ...file("a", ""), kind: "file", size: 5, read: () => [Buffer.from("abc")] };
        await assert.rejects(bytesOf([short]), /^Error: a: 3 bytes were read, 5 announced/);
    });
});
