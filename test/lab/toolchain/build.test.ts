import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildTool, explain } from "../../../lab/toolchain/build";
import { ensure } from "../../../lab/toolchain/ensure";
import type { ToolSpec } from "../../../lab/toolchain/tools";
import { removeFolder } from "../../support/scratch-folder";

describe("building a tool (with the real Go)", function () {
    this.timeout(120_000);
    let folder: string;
    let spec: ToolSpec;

    /** A module that requires a program, as the real ones do, with the program beside it instead of on a proxy. */
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "homelab-real-go-"));
        mkdirSync(join(folder, "sundial", "proto"), { recursive: true });
        const requirement = "require example.test/sundial v1.2.3\n\nreplace example.test/sundial => ./sundial\n";
        const main = 'package main\n\nvar version = "none"\n\nfunc main() { println("standard error"); print() }\n';
        const print = 'package main\n\nimport "os"\n\nfunc print() { os.Stdout.WriteString(version + "\\n") }\n';
        const files = {
            "go.mod": `module homelab.lab/test\n\ngo 1.26\n\n${requirement}`,
            "go.sum": "",
            "sundial/go.mod": "module example.test/sundial\n\ngo 1.26\n",
            "sundial/main.go": main,
            "sundial/print.go": print,
            "sundial/proto/sundial.proto": "syntax\n",
        };
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
        spec = {
            name: "sundial",
            version: "1.2.3",
            artefact: "sundial",
            versionArguments: ["version"],
            source: {
                kind: "program",
                moduleDir: folder,
                module: "example.test/sundial",
                package: "example.test/sundial",
                tags: "",
                ldflags: "-s -w -X main.version=v1.2.3",
                companions: [
                    { module: "example.test/sundial", path: "proto/sundial.proto" },
                    { module: "example.test/sundial", path: "proto/sundial.proto", as: "dial.proto" },
                ],
                coldBytes: 0,
            },
        };
    });
    afterEach(() => removeFolder(folder));

    it("stamps the version, puts the companion files beside the program, and leaves the pins untouched", async () => {
        const before = readFileSync(join(folder, "go.mod"), "utf8");
        const paths = await ensure([spec], { cache: join(folder, "cache"), env: process.env });
        const path = paths.get("sundial") ?? "";
        assert.equal(execFileSync(path, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }), "v1.2.3\n");
        assert.deepEqual(readdirSync(dirname(path)).sort(), ["built.json", "dial.proto", "sundial", "sundial.proto"]);
        assert.equal(readFileSync(join(folder, "go.mod"), "utf8"), before);
    });

    it("says what the compiler said when the program is broken", async () => {
        writeFileSync(join(folder, "sundial", "print.go"), "package main\n\nfunc print() { shadow() }\n");
        const building = buildTool(spec, { cache: join(folder, "cache"), env: process.env });
        await assert.rejects(building, /^Error: sundial 1\.2\.3: go build ended with exit code 1[^]*undefined: shadow/);
        assert.ok(!existsSync(join(folder, "cache", "tools", "sundial")));
    });

    it("says that the pins are incomplete instead of completing them", async () => {
        writeFileSync(join(folder, "sundial", "print.go"), 'package main\n\nimport _ "golang.org/x/mod/semver"\n');
        writeFileSync(
            join(folder, "sundial", "go.mod"),
            "module example.test/sundial\n\ngo 1.26\n\nrequire golang.org/x/mod v0.1.0\n",
        );
        const env = { ...process.env, GOPROXY: "off" };
        const building = buildTool(spec, { cache: join(folder, "cache"), env });
        await assert.rejects(building, /pins in lab\/toolchain\/modules are incomplete .*commit go\.mod and go\.sum/);
    });
});

describe("the explanation of a failed piece of work", () => {
    for (const [output, cause] of [
        ["write /x: no space left on device", "the disk is full"],
        ["OSError: [Errno 28] No space left on device", "the disk is full"],
        ["compile: signal: killed", "for want of memory"],
        ["dial tcp: lookup proxy.example.test: no such host", "a package registry was not reached"],
        ["verifying x: checksum mismatch", "not the one that was pinned"],
    ] as const) {
        it(`is "${cause}" for "${output}"`, () => {
            const message = explain("sundial 1.2.3", new Error(output));
            assert.match(message, /^sundial 1\.2\.3: /);
            assert.ok(message.includes(cause), message);
        });
    }
});
