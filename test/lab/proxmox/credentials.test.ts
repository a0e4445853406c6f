import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { loadCredentials, newSshKey } from "../../../lab/proxmox/credentials";
import { removeFolder } from "../../support/scratch-folder";

describe("the secrets of an emulated cluster", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "credentials-"));
    });
    afterEach(() => removeFolder(folder));

    it("stay the same from one start to the next", () => {
        assert.deepEqual(loadCredentials(folder), loadCredentials(folder));
    });

    it("never hold a key that cannot be read, though one in some hundred is made so", () => {
        const good = newSshKey();
        const unreadable = { ...good, private: good.private.replace(/\n.{20}/, "\n") };
        const made = [unreadable, unreadable, good];
        assert.ok(utils.parseKey(unreadable.private) instanceof Error);
        assert.equal(newSshKey(() => made.shift() ?? assert.fail("one too many was asked for")).private, good.private);
    });
});
