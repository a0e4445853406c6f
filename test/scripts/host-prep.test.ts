import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const checkout = join(__dirname, "..", "..");

function hostPrep(...args: string[]) {
    const command = ["--import", "tsx", "scripts/host-prep.ts", ...args];
    return spawnSync(process.execPath, command, { cwd: checkout, encoding: "utf8" });
}

describe("npm run host-prep", () => {
    it("prints the script of a host of prod, unless told another house", () => {
        const { status, stdout, stderr } = hostPrep("pve-1");
        assert.deepEqual([status, stderr], [0, ""]);
        assert.match(stdout, /^#!\/bin\/bash\n# Prepares pve-1 for the house/);
        assert.match(stdout, /^MONITOR ups@192\.168\.30\.10:3493 1 homelab "\$\{password\}" secondary$/m);
    });

    it("prints the check of a host of another house", () => {
        const { status, stdout } = hostPrep("pve-3", "--check", "--stack", "dev");
        assert.equal(status, 0);
        assert.match(stdout, /^# Checks pve-3 for the house/m);
        assert.ok(!stdout.includes("MONITOR"), "that house has no UPS");
    });

    it("prints the bootstrap of a cluster, with the paths of that house", () => {
        const { status, stdout } = hostPrep("--bootstrap");
        assert.equal(status, 0);
        assert.match(stdout, /^pveum acl modify \/sdn\/zones\/localnetwork\/vmbr0\/20 /m);
    });

    it("says which hosts there are when it is asked for another", () => {
        const { status, stderr } = hostPrep("pve-9");
        assert.equal(status, 2);
        assert.match(stderr, /^pve-9: is not a host of this house \(the hosts are pve-1, pve-2, pve-3\)/);
    });

    for (const args of [[], ["pve-1", "--bootstrap"], ["pve-1", "pve-2"], ["--bootstrap", "--check"]]) {
        it(`explains itself when it is called with ${args.join(" ") || "nothing"}`, () => {
            const { status, stdout, stderr } = hostPrep(...args);
            assert.deepEqual([status, stdout], [2, ""]);
            assert.match(stderr, /npm run --silent host-prep -- <host>/);
        });
    }
});
