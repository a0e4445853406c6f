import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTool } from "../../../lab/toolchain/build";
import { findPython } from "../../../lab/toolchain/prerequisites";
import type { ToolSpec } from "../../../lab/toolchain/tools";
import { script } from "./fake-go";
import { removeFolder } from "../../support/scratch-folder";

describe("a program out of a Python wheel (with the real pip, without a registry)", function () {
    this.timeout(120_000);
    let folder: string;
    let spec: ToolSpec;
    let env: NodeJS.ProcessEnv;

    /** Makes the wheel, with these files in the folder of its programs, and pins it. */
    const publish = (programs: Readonly<Record<string, string>>, hash?: string): void => {
        const content = join(folder, "content");
        const files = {
            "sundial-1.2.3.dist-info/METADATA": "Metadata-Version: 2.1\nName: sundial\nVersion: 1.2.3\n",
            "sundial-1.2.3.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "sundial-1.2.3.dist-info/RECORD": "",
        };
        for (const name of ["sundial/bin", "sundial-1.2.3.dist-info"])
            mkdirSync(join(content, name), { recursive: true });
        for (const [name, text] of Object.entries(files)) writeFileSync(join(content, name), text);
        for (const [name, lines] of Object.entries(programs)) script(join(content, "sundial", "bin", name), lines);
        const wheel = join(folder, "sundial-1.2.3-py3-none-any.whl");
        const python = findPython(process.env)?.command ?? "python3";
        execFileSync(python, ["-m", "zipfile", "-c", wheel, "sundial", "sundial-1.2.3.dist-info"], { cwd: content });
        const pin = hash ?? createHash("sha256").update(readFileSync(wheel)).digest("hex");
        writeFileSync(join(folder, "requirements.txt"), `sundial==1.2.3 --hash=sha256:${pin}\n`);
    };
    const build = (): Promise<string> => buildTool(spec, { cache: join(folder, "cache"), env });

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "homelab-wheel-"));
        env = { ...process.env, PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder };
        spec = {
            name: "sundial",
            version: "1.2.3",
            artefact: "sundial",
            source: {
                kind: "wheel",
                moduleDir: folder,
                folder: "sundial/bin",
                prefix: "sundial-",
                trialArguments: ["-version"],
            },
        };
    });
    afterEach(() => removeFolder(folder));

    it("is put into the cache under its own name, and can be run", async () => {
        publish({ "sundial-linux-v9": "echo noon", "README.md": "exit 1" });
        const path = await build();
        accessSync(path, constants.X_OK);
        assert.equal(execFileSync(path, { encoding: "utf8" }), "noon\n");
        assert.ok(path.startsWith(join(folder, "cache", "tools", "sundial-")) && path.endsWith("/sundial"));
    });

    it("is refused when the wheel is not the one that was pinned", async () => {
        publish({ "sundial-linux-v9": "echo noon" }, "0".repeat(64));
        await assert.rejects(build(), /^Error: sundial 1\.2\.3: a module is not the one that was pinned/);
    });

    it("is not kept when it does not run here", async () => {
        publish({ "sundial-linux-v9": "echo 'GLIBC_2.99 not found' >&2; exit 1" });
        await assert.rejects(build(), /^Error: sundial 1\.2\.3: [^]*exit code 1[^]*GLIBC_2\.99 not found/);
        assert.ok(!existsSync(join(folder, "cache", "tools", "sundial")));
    });

    it("is missed by name when the wheel holds none, or more than one", async () => {
        publish({ "README.md": "" });
        await assert.rejects(
            build(),
            /sundial-1\.2\.3-py3-none-any\.whl: none in sundial\/bin \(one sundial-\.\.\. is/,
        );
    });
});
