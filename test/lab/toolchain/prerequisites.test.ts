import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    checkPrerequisites,
    findPython,
    missingPrerequisites,
    neededFor,
    type Need,
} from "../../../lab/toolchain/prerequisites";
import { runToolchain } from "../../../lab/toolchain/run";
import { fakeGo, fakeTool, script } from "./fake-go";
import { removeFolder } from "../../support/scratch-folder";

describe("the prerequisites", () => {
    let bin: string;
    let env: NodeJS.ProcessEnv;
    const missing = (need: Need = { go: "1.26", python: true }): string[] =>
        missingPrerequisites(checkPrerequisites(env, need));

    /** A stand-in for a Python: answers the two questions that are asked of it. */
    const python = (name: string, version: string, venv = true): void =>
        script(
            join(bin, name),
            `case "$2" in
*version_info*) echo ${version}; echo /opt/${name} ;;
*) exit ${venv ? 0 : 1} ;;
esac`,
        );

    beforeEach(() => {
        bin = mkdtempSync(join(tmpdir(), "homelab-prerequisites-"));
        env = { PATH: bin };
        script(join(bin, "npm"), "echo 11.0.0");
        script(join(bin, "go"), "echo go1.26.8");
        python("python3", "3.12.1");
    });
    afterEach(() => removeFolder(bin));

    it("are met by what is new enough", () => assert.deepEqual(missing(), []));

    it("are all named at once when nothing is there", () => {
        env["PATH"] = "/nowhere";
        const lines = missing();
        assert.deepEqual(
            lines.map((line) => line.replace(/\).*/, ")")),
            ["npm: not found (any is needed)", "Go: not found (>= 1.26 is needed)", lines[2]?.replace(/\).*/, ")")],
        );
        assert.match(lines[2] ?? "", /^Python: not found \(>= 3\.11 with venv is needed\); install a newer Python/);
    });

    it("name the version that is too old", () => {
        script(join(bin, "go"), "echo go1.21.3");
        assert.match(missing().join("\n"), /^Go: 1\.21\.3 \(>= 1\.26 is needed\); install Go from https:/);
    });

    it("do not ask for Go when nothing has to be built", () => {
        rmSync(join(bin, "go"));
        assert.deepEqual(missing(neededFor([])), []);
    });

    it("ask for the newest Go that one of the missing tools wants", () => {
        const go = fakeGo();
        const [old, recent] = ["hourglass", "sundial"].map((name) => fakeTool(go, name));
        assert(old && recent && recent.source.kind === "program");
        assert.equal(neededFor([old]).go, "1.26");
        writeFileSync(join(recent.source.moduleDir, "go.mod"), "module x\n\ngo 1.26.9\n");
        const need = neededFor([old, recent]);
        go.remove();
        assert.match(missing(need).join("\n"), /^Go: 1\.26\.8 \(>= 1\.26\.9 is needed\); install Go/);
    });

    it("tell a Python without venv from one that is too old", () => {
        python("python3", "3.12.1", false);
        assert.match(missing().join("\n"), /^Python: 3\.12\.1 without venv .*; install its venv module/);
        python("python3", "3.9.2");
        assert.match(missing().join("\n"), /^Python: 3\.9\.2 \(\/opt\/python3\) .*; install a newer Python/);
    });

    it("find a newer Python beside an old python3, and the one in LAB_PYTHON before all", () => {
        python("python3", "3.9.2");
        python("python3.13", "3.13.0");
        assert.equal(findPython(env)?.command, "python3.13");
        python("mine", "3.14.0");
        env["LAB_PYTHON"] = join(bin, "mine");
        assert.equal(findPython(env)?.version, "3.14.0");
    });

    it("are checked before anything is built", async () => {
        env["PATH"] = "/nowhere";
        let written = "";
        const output = { write: (text: string) => (written += text) };
        await assert.rejects(
            runToolchain({ cache: join(bin, "cache"), env, bodies: "real", operators: [], output }),
            /npm: [^]*Go: [^]*Python: /,
        );
        assert.equal(written, "");
    });
});
