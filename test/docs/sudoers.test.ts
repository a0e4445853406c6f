import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../lab/toolchain/locate";

const page = readFileSync(join(__dirname, "../../docs/how-to/run-on-real-hosts.md"), "utf8");
const [, block = ""] = /^cat > \/etc\/sudoers\.d\/pulumi <<'EOF'\n(.*?)^EOF$/ms.exec(page) ?? [];
const visudo = onPath("visudo", process.env["PATH"] ?? "");

describe("What the user that copies snippets may do as root, on the page for real hosts,", () => {
    let commands: { program: string; args: string }[];
    before(() => {
        commands = block
            .trim()
            .split("\n")
            .map((line) => /^pulumi ALL=\(root\) NOPASSWD: (\S+) (.+)$/.exec(line) ?? assert.fail(line))
            .map(([, program = "", args = ""]) => ({ program, args }));
    });

    it("is what the provider does: it asks whether sudo works, and writes", () => {
        assert.deepEqual(
            commands.map(({ program }) => program),
            ["/usr/sbin/pvesm", "/usr/bin/tee"],
        );
        assert.equal(commands[0]?.args, "apiinfo");
    });

    it("is to write one file that is directly in the folder of snippets", () => {
        const { args } = commands[1] ?? assert.fail();
        // From ^ to $ sudo takes all arguments together for one text that a regular expression is to match.
        assert.match(args, /^\^.*\$$/);
        const rule = new RegExp(args);
        const snippets = "/var/lib/vz/snippets";
        assert.match(`${snippets}/k3s-server-1.user-data.yaml`, rule);
        for (const other of [
            `${snippets}/a.yaml /etc/shadow`,
            `${snippets}/../../../../etc/shadow`,
            `${snippets}/..`,
            `-a ${snippets}/a.yaml`,
            `${snippets}/`,
            "",
        ])
            assert.doesNotMatch(other, rule);
    });

    (visudo === undefined ? it.skip : it)("is what sudo can read", () => {
        const { status, stderr } = spawnSync(visudo ?? "", ["-cf", "-"], { input: block, encoding: "utf8" });
        assert.deepEqual([status, stderr], [0, ""]);
    });
});
