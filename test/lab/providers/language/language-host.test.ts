import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createProvider } from "../../../../lab/providers/random";
import { type Engine, startEngine } from "../../../support/engine";
import { eventually } from "../../../support/eventually";

const checkout = resolve(__dirname, "..", "..", "..", "..");
const host = join(checkout, "lab", "providers", "language", "language-host.mts");

describe("the lab's language host", function () {
    this.timeout(60_000);
    let engine: Engine;

    before(async () => {
        engine = await startEngine({ plugins: { random: { npmPackage: "@pulumi/random", factory: createProvider } } });
    });
    after(() => engine.close());
    afterEach(() => engine.reset());

    it("hands the program its configuration, secrets as secrets", async () => {
        await engine.setConfig("plain", "a");
        await engine.setConfig("hidden", "hush-hush", true);
        await engine.program(`
            const pulumi = require("@pulumi/pulumi");
            const config = new pulumi.Config();
            module.exports = { plain: config.get("plain"), hidden: config.requireSecret("hidden"), stack: pulumi.getStack(), dry: pulumi.runtime.isDryRun() };
        `);
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(await engine.outputs(), { plain: "a", hidden: "hush-hush", stack: "test", dry: false });
        assert.ok(!run.output.includes("hush-hush") && !(await engine.stateText()).includes("hush-hush"));
    });

    it("runs hooks and transforms of the whole stack", async () => {
        await engine.program(`
            const pulumi = require("@pulumi/pulumi"), random = require("@pulumi/random"), fs = require("node:fs");
            pulumi.runtime.registerResourceTransform((args) =>
                args.type.startsWith("random:") ? { props: { ...args.props, length: 9 }, opts: args.opts } : undefined);
            const hook = new pulumi.ResourceHook("after", (args) => fs.writeFileSync("hook.txt", args.newOutputs.result));
            exports.result = new random.RandomString("one", { length: 4 }, { hooks: { afterCreate: [hook] } }).result;
        `);
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        const result = String((await engine.outputs())["result"]);
        assert.equal(result.length, 9);
        assert.equal(readFileSync(join(engine.folder, "hook.txt"), "utf8"), result);
    });

    it("passes on why a program failed, once", async () => {
        await engine.program(`throw new Error("the kettle is empty");`);
        const thrown = await engine.preview();
        assert.notEqual(thrown.code, 0);
        assert.match(thrown.errors.join("\n"), /the kettle is empty/);
        assert.doesNotMatch(thrown.output, /ended with/);
        await engine.program(`const pulumi = require("@pulumi/pulumi"); throw new pulumi.RunError("fill the kettle");`);
        assert.match((await engine.preview()).errors.join("\n"), /fill the kettle/);
        await engine.program(`process.exit(3);`);
        assert.match((await engine.preview()).output, /the program ended with exit code 3/);
    });

    it("ends with the engine, even when that is killed, and takes the program with it", async () => {
        await engine.program(`
            require("node:fs").writeFileSync("pids.txt", [process.ppid, process.pid].join(" "));
            setInterval(() => undefined, 1000);
        `);
        const pids = join(engine.folder, "pids.txt");
        const started = engine.starting("up");
        await eventually("the program runs", () => existsSync(pids) && readFileSync(pids, "utf8") !== "");
        started.interrupt("SIGKILL");
        await started.run;
        const left = readFileSync(pids, "utf8").split(" ").map(Number);
        assert.equal(left.length, 2);
        await eventually("both processes have ended", () => !left.some(isRunning));
        await engine.cli("cancel", "--yes");
    });

    it("runs TypeScript by the node arguments of the project, and policy packs as folders by theirs", async () => {
        const runtime = `runtime: { name: nodejs, options: { typescript: false, nodeargs: "--import tsx" } }`;
        await writeFile(join(engine.folder, "Pulumi.yaml"), `name: test\n${runtime}\nmain: program/index.ts\n`);
        await mkdir(join(engine.folder, "program"));
        await writeFile(
            join(engine.folder, "program", "index.ts"),
            `import * as random from "@pulumi/random";
             const lengths: readonly number[] = [4, 5];
             export const names = lengths.map((length) => new random.RandomString(\`of-\${length}\`, { length }).id);`,
        );
        const pack = join(engine.folder, "pack");
        await mkdir(pack);
        await symlink(join(checkout, "node_modules"), join(pack, "node_modules"));
        await writeFile(
            join(pack, "package.json"),
            JSON.stringify({ name: "pack", version: "1.0.0", main: "index.ts" }),
        );
        await writeFile(join(pack, "PulumiPolicy.yaml"), `${runtime}\nmain: index.ts\n`);
        await writeFile(
            join(pack, "index.ts"),
            `import { PolicyPack } from "@pulumi/policy";
             interface Sized { readonly length?: number }
             new PolicyPack("pack", { policies: [{
                 name: "long-enough", description: "names are long enough", enforcementLevel: "mandatory",
                 validateResource: (args, report) => {
                     const { length } = args.props as Sized;
                     if (args.type.startsWith("random:") && length !== undefined && length < 5) report("too short");
                 },
             }] });`,
        );
        const refused = await engine.up("--policy-pack", "pack");
        assert.notEqual(refused.code, 0);
        assert.match(refused.output, /too short/);
        assert.match(refused.output, /of-4/);
        const free = await engine.up();
        assert.equal(free.code, 0, free.output);
        assert.deepEqual(free.steps.map(({ name }) => name).sort(), ["of-4", "of-5"]);
    });

    it("says what it is for when it is started by hand", () => {
        const started = spawnSync(process.execPath, [host], { encoding: "utf8" });
        assert.equal(started.status, 2);
        assert.match(started.stderr, /usage: pulumi-language-nodejs .*the Pulumi CLI starts this by itself/);
    });
});

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
