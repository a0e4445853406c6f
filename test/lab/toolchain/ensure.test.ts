import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensure, ToolchainError } from "../../../lab/toolchain/ensure";
import type { WorkEvent } from "../../../lab/toolchain/progress";
import type { ToolSpec } from "../../../lab/toolchain/tools";
import { eventually } from "../../support/eventually";
import { fakeGo, fakeTool, succeed, type FakeGo } from "./fake-go";

describe("building tools (with a fake Go)", () => {
    let go: FakeGo;
    let sundial: ToolSpec;
    let hourglass: ToolSpec;

    beforeEach(() => {
        go = fakeGo();
        sundial = fakeTool(go, "sundial");
        hourglass = fakeTool(go, "hourglass", { version: "0.9.0" });
        go.onBuild("sundial", succeed("1.2.3"));
        go.onBuild("hourglass", succeed("0.9.0"));
    });
    afterEach(() => go.remove());

    const failures = async (specs: readonly ToolSpec[]): Promise<readonly string[]> => {
        try {
            await ensure(specs, go);
        } catch (error) {
            assert(error instanceof ToolchainError, String(error));
            return error.failures;
        }
        assert.fail("nothing failed");
    };

    it("builds what is missing and nothing a second time", async () => {
        const first = await ensure([sundial], go);
        const second = await ensure([sundial, hourglass], go);
        assert.equal(second.get("sundial"), first.get("sundial"));
        assert.deepEqual(go.builds(), ["sundial", "hourglass"]);
    });

    it("shares the result with another checkout that has the same pins", async () => {
        const moduleDir = join(go.folder, "second-checkout");
        await ensure([sundial], go);
        cpSync(join(go.folder, "modules", "sundial"), moduleDir, { recursive: true });
        await ensure([fakeTool(go, "sundial", { moduleDir })], go);
        assert.deepEqual(go.builds(), ["sundial"]);
    });

    for (const file of ["go.mod", "go.sum"]) {
        it(`builds again when ${file} changes`, async () => {
            await ensure([sundial], go);
            appendFileSync(join(go.folder, "modules", "sundial", file), "// moved\n");
            await ensure([sundial], go);
            assert.deepEqual(go.builds(), ["sundial", "sundial"]);
        });
    }

    it("reports all failures together and still builds the rest", async () => {
        const clock = fakeTool(go, "clock", { version: "4.5.6" });
        go.onBuild("sundial", "echo '# example.test/sundial'; echo 'main.go:1: undefined: shadow' >&2; exit 2");
        go.onBuild("clock", "exit 3");
        const messages = await failures([sundial, clock, hourglass]);
        assert.equal(messages.length, 2);
        const [ofSundial, ofClock] = [...messages].sort().reverse();
        assert.match(ofSundial ?? "", /^sundial 1\.2\.3: go build ended with exit code 2; .*logs\/sundial\.log/);
        assert.match(ofSundial ?? "", /\n {4}main\.go:1: undefined: shadow$/);
        assert.match(ofClock ?? "", /^clock 4\.5\.6: go build ended with exit code 3;/);
        await ensure([hourglass], go);
        assert.equal(go.builds().filter((name) => name === "hourglass").length, 1);
    });

    it("says that the disk is full, and what to do, when it fills up in the middle of a build", async () => {
        go.onBuild("sundial", 'echo x > /dev/full || { echo "write $target: no space left on device" >&2; exit 1; }');
        const [message = ""] = await failures([sundial]);
        assert.match(message, /^sundial 1\.2\.3: the disk is full .*; free some .*go clean -cache.*XDG_CACHE_HOME/);
    });

    it("refuses before it starts when the disk cannot hold a first build", async () => {
        const huge = fakeTool(go, "sundial", { coldBytes: 2 ** 60 });
        const [message = ""] = await failures([huge]);
        assert.match(message, /GiB free .*\(building sundial 1\.2\.3 needs about [\d.]+ GiB\); free some/);
        assert.deepEqual(go.builds(), []);
    });

    it("asks for little room when the modules were downloaded before", async () => {
        mkdirSync(join(go.folder, "modcache", "example.test", "sundial@v1.2.3"), { recursive: true });
        const huge = fakeTool(go, "sundial", { coldBytes: 2 ** 60 });
        await ensure([huge], go);
        assert.deepEqual(go.builds(), ["sundial"]);
    });

    it("does not keep a program whose version is not the pinned one", async () => {
        go.onBuild("sundial", succeed("1.0.0"));
        const [message = ""] = await failures([sundial]);
        assert.match(message, /sundial 1\.2\.3: the built program says its version is 1\.0\.0, pinned is 1\.2\.3/);
        assert.deepEqual(readdirSync(join(go.cache, "tools")), []);
    });

    it("names what needs Go when there is none", async () => {
        const env = { PATH: "/nowhere" };
        await assert.rejects(
            ensure([sundial], { cache: go.cache, env }),
            /^Error: go: not found .*sundial.*; install Go/,
        );
    });

    it("stops the compiler and leaves nothing half-done when the signal is given", async () => {
        go.onBuild("sundial", 'trap "exit 130" INT; echo begun; while :; do sleep 0.05; done');
        const stop = new AbortController();
        const states: string[] = [];
        const report = (event: WorkEvent): void => {
            states.push(event.state);
            if (event.detail === "begun") stop.abort(new Error("Ctrl-C"));
        };
        await assert.rejects(ensure([sundial, hourglass], { ...go, report, signal: stop.signal }), /Ctrl-C/);
        assert.ok(states.includes("stopped"));
        assert.deepEqual(
            readdirSync(join(go.cache, "tools")).filter((name) => name.startsWith("sundial")),
            [],
        );
        assert.throws(() => process.kill(go.lastPid(), 0), /ESRCH/);
    });

    it("goes on after a build that was killed, and removes what that one left", async () => {
        go.onBuild("sundial", 'echo half > "$target"; exec sleep 30');
        const child = spawn(
            process.execPath,
            [
                "--import",
                "tsx",
                "-e",
                `require(${JSON.stringify(join(__dirname, "../../../lab/toolchain/ensure.ts"))})
                    .ensure([${JSON.stringify(sundial)}], ${JSON.stringify({ cache: go.cache, env: go.env })})`,
            ],
            { stdio: ["ignore", "ignore", "inherit"] },
        );
        const halfDone = (): boolean =>
            existsSync(join(go.cache, "tools")) &&
            readdirSync(join(go.cache, "tools"), { recursive: true }).some((file) => String(file).endsWith("/sundial"));
        await eventually("the build is half done", halfDone);
        child.kill("SIGKILL");
        await once(child, "exit");
        process.kill(go.lastPid(), "SIGKILL");

        go.onBuild("sundial", succeed("1.2.3"));
        const paths = await ensure([sundial], go);
        assert.match(readFileSync(paths.get("sundial") ?? "", "utf8"), /echo v1\.2\.3/);
        assert.equal(readdirSync(join(go.cache, "tools")).length, 1);
    });
});
