import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { login } from "../../../infra/k3s/login";
import { removeFolder } from "../../support/scratch-folder";
import { publicKeys } from "../../support/ssh-keys";

const FILE = "home/debian/.ssh/authorized_keys";

/** Boots a machine whose disk has these keys, or none and no folder for them. @returns what the disk has then */
function afterBoot(keys: readonly string[] | undefined, onDisk: string | undefined): string | undefined {
    const root = mkdtempSync(join(tmpdir(), "login-"));
    try {
        const file = join(root, FILE);
        if (onDisk !== undefined) {
            mkdirSync(join(root, "home/debian/.ssh"), { recursive: true });
            writeFileSync(file, onDisk, { mode: 0o600 });
        }
        for (const command of login(keys).bootCommands) {
            const { status, stderr } = spawnSync("sh", ["-ec", command.replaceAll("/home/", `${root}/home/`)]);
            assert.deepEqual([status, String(stderr)], [0, ""]);
        }
        return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    } finally {
        removeFolder(root);
    }
}

describe("who may log in to a machine", () => {
    it("is told to cloud-init, which makes the user of a new machine and gives him the keys", () => {
        assert.deepEqual(login(publicKeys).ssh_authorized_keys, publicKeys);
    });

    it("is left to cloud-init where the user has no home yet: a folder of root's would be none for him", () => {
        assert.equal(afterBoot(publicKeys, undefined), undefined);
    });

    it("is whose key is in the list at the next boot, and nobody else", () => {
        const [first] = publicKeys;
        const all = publicKeys.map((key) => `${key}\n`).join("");
        assert.equal(afterBoot([first], all), `${first}\n`);
        assert.equal(afterBoot(publicKeys, `${first}\n`), all);
    });

    it("is written as it is, whatever a shell would make of a comment", () => {
        const key = `${publicKeys[0]}'s "old" $(id) \\ %s`;
        assert.equal(afterBoot([key], ""), `${key}\n`);
    });

    it("is nobody with an empty list, which is none that cloud-init would take", () => {
        assert.equal(afterBoot([], `${publicKeys[0]}\n`), "");
        assert.ok(!("ssh_authorized_keys" in login([])));
    });

    it("is not touched without a list", () => {
        assert.deepEqual(login(undefined), { bootCommands: [] });
    });
});
