import assert from "node:assert/strict";
import { type Engine, type Run, startEngine } from "../../../support/engine";
import { eventually } from "../../../support/eventually";
import { ToyWorld, thing, toyProvider, toySdk } from "./toy";

const operations = (run: Run): string[][] => run.steps.map(({ op, name }) => [op, name]);

describe("a plugin served to the real engine", function () {
    this.timeout(60_000);
    let world: ToyWorld;
    let engine: Engine;
    const program = (text: string): Promise<void> => engine.program(`${toySdk}\n${text}`);
    const succeeds = async (run: Promise<Run>): Promise<Run> => {
        const result = await run;
        assert.equal(result.code, 0, result.output);
        return result;
    };

    before(async () => {
        world = new ToyWorld();
        engine = await startEngine({
            plugins: { toy: { npmPackage: "@pulumi/random", factory: () => toyProvider(world) } },
        });
    });
    after(() => engine.close());
    afterEach(async () => {
        world.things.clear();
        await engine.reset();
    });

    it("creates, leaves alone what did not change, and updates in place with the changed path", async () => {
        await program(`exports.serial = new Thing("one", { text: "a", list: [{ "a.b": 1 }] }).serial;`);
        assert.deepEqual(operations(await succeeds(engine.up())), [["create", "one"]]);
        assert.deepEqual(operations(await succeeds(engine.up())), [["same", "one"]]);
        const before = await engine.outputs();
        await program(`exports.serial = new Thing("one", { text: "b", list: [{ "a.b": 2, c: 3 }] }).serial;`);
        const changed = await succeeds(engine.up());
        assert.deepEqual(operations(changed), [["update", "one"]]);
        assert.deepEqual(changed.steps[0]?.diff, { text: "update", 'list[0]["a.b"]': "update", "list[0].c": "add" });
        assert.deepEqual(await engine.outputs(), before);
    });

    it("replaces when the plugin says so, in the order that it says", async () => {
        await program(`new Thing("one", { name: "a", text: "x" });`);
        await succeeds(engine.up());
        await program(`new Thing("one", { name: "b", text: "x" });`);
        assert.deepEqual(
            (await succeeds(engine.up())).steps.map(({ op, diff }) => [op, diff["name"]]),
            [
                ["create-replacement", "update-replace"],
                ["replace", "update-replace"],
                ["delete-replaced", undefined],
            ],
        );
        await program(`new Thing("one", { name: "c", text: "x", deleteFirst: true });`);
        assert.deepEqual(
            (await succeeds(engine.up())).steps.map(({ op }) => op),
            ["delete-replaced", "replace", "create-replacement"],
        );
        assert.deepEqual(
            [...world.things.values()].map(({ name }) => name),
            ["c"],
        );
    });

    it("previews with unknown values and makes nothing", async () => {
        await program(`
            const first = new Thing("first", { text: "a" });
            new Thing("second", { text: first.serial.apply(String), inside: { list: [first.serial] } });
        `);
        const preview = await succeeds(engine.preview());
        assert.deepEqual(operations(preview).sort(), [
            ["create", "first"],
            ["create", "second"],
        ]);
        assert.equal(world.things.size, 0);
        await succeeds(engine.up());
        assert.equal(world.things.size, 2);
    });

    it("keeps secrets out of the state, those it was given and those it makes itself", async () => {
        await program(`
            const given = pulumi.secret("hush-hush");
            const one = new Thing("one", { text: "plain", data: { password: given }, list: [{ value: given }] });
            exports.token = one.token;
        `);
        const run = await succeeds(engine.up());
        const state = await engine.stateText();
        assert.ok(!state.includes("hush-hush"), "a secret input is readable in the state");
        assert.ok(!state.includes("token of plain"), "a secret output is readable in the state");
        assert.ok(!run.output.includes("token of plain"), "a secret output was printed");
        assert.deepEqual(await engine.outputs(), { token: "token of plain" });
    });

    it("refuses inputs by property path before anything is made", async () => {
        await program(`new Thing("one", { text: 7 });`);
        const run = await engine.up();
        assert.notEqual(run.code, 0);
        assert.match(
            run.errors.join("\n"),
            /property text value .*7.* has a problem: must be a text, is 7; put it in quotes/,
        );
        assert.equal(world.things.size, 0);
    });

    it("records a thing that exists but is not ready, with its reasons, and tries again", async () => {
        const large = "x".repeat(200_000);
        await program(`new Thing("one", { text: ${JSON.stringify(large)}, fail: true });`);
        const failed = await engine.up();
        assert.notEqual(failed.code, 0);
        assert.match(failed.errors.join("\n"), /0\/6 nodes are available: 6 Insufficient memory/);
        const recorded = (await engine.resources()).find(({ type }) => type === thing);
        assert.deepEqual(recorded?.initErrors, ["0/6 nodes are available: 6 Insufficient memory", "a second reason"]);
        assert.equal(recorded.outputs?.["echo"], large);
        await program(`new Thing("one", { text: ${JSON.stringify(large)} });`);
        assert.deepEqual(operations(await succeeds(engine.up())), [["update", "one"]]);
        assert.equal((await engine.resources()).find(({ type }) => type === thing)?.initErrors, undefined);
    });

    it("sees drift and disappearance on refresh", async () => {
        await program(`new Thing("one", { text: "a" }); new Thing("two", { text: "b" });`);
        const created = await succeeds(engine.up());
        const [one, two] = ["one", "two"].map((name) => created.steps.find((step) => step.name === name)?.id ?? "");
        world.things.set(one ?? "", { ...world.things.get(one ?? ""), text: "changed by hand" });
        world.things.delete(two ?? "");
        const refreshed = await succeeds(engine.refresh());
        assert.deepEqual(operations(refreshed).sort(), [
            ["delete", "two"],
            ["update", "one"],
        ]);
        assert.deepEqual(operations(await succeeds(engine.up())).sort(), [
            ["create", "two"],
            ["update", "one"],
        ]);
        assert.deepEqual([...world.things.values()].map(({ text }) => text).sort(), ["a", "b"]);
    });

    it("takes over by import what exists, by the option and by the command", async () => {
        world.things.set("old", { name: "old", text: "from before" });
        await program(`exports.echo = new Thing("one", { name: "old", text: "from before" }, { import: "old" }).echo;`);
        assert.deepEqual(operations(await succeeds(engine.up())), [["import", "one"]]);
        assert.deepEqual(await engine.outputs(), { echo: "from before" });
        world.things.set("older", { name: "older", text: "from long before" });
        const imported = operations(await succeeds(engine.importing(thing, "two", "older")));
        assert.deepEqual(imported, [
            ["same", "one"],
            ["import", "two"],
        ]);
        const missing = await engine.importing(thing, "three", "nobody");
        assert.notEqual(missing.code, 0);
        assert.match(missing.errors.join("\n"), /does not exist/);
    });

    it("hands the plugin its settings, secrets unwrapped, and does not start it for unknown ones", async () => {
        await program(`
            class Provider extends pulumi.ProviderResource {
                constructor(name, args) { super("toy", name, { endpoint: args.endpoint, nested: pulumi.output(args.nested).apply(JSON.stringify) }); }
            }
            const own = new Provider("own", { endpoint: pulumi.secret("https://x"), nested: { a: [1] } });
            const one = new Thing("one", { text: "a" }, { provider: own });
            const later = new Provider("later", { endpoint: pulumi.concat("https://", one.serial), nested: {} });
            new Thing("two", { text: "b" }, { provider: later });
        `);
        world.settings.length = 0;
        await succeeds(engine.preview());
        assert.deepEqual(world.settings, [{ endpoint: "https://x", nested: '{"a":[1]}' }]);
        await succeeds(engine.up());
        assert.ok(
            world.settings.some(({ endpoint }) => typeof endpoint === "string" && /^https:..\d+$/.test(endpoint)),
        );
    });

    it("answers functions", async () => {
        await program(`exports.answer = pulumi.runtime.invoke("toy:index:shout", { text: "hello" });`);
        await succeeds(engine.up());
        assert.deepEqual(await engine.outputs(), { answer: { token: "toy:index:shout", shouted: "HELLO" } });
    });

    it("shows its messages at the resource", async () => {
        await program(`new Thing("one", { text: "a" });`);
        const { messages } = await succeeds(engine.up());
        const shown = messages.find(({ message }) => message.startsWith("made thing-"));
        assert.match(shown?.urn ?? "", /::one$/);
        assert.equal(shown?.severity, "info");
    });

    it("stops waiting when the engine cancels, and keeps what it had made", async () => {
        await program(`new Thing("one", { text: "a", wait: true });`);
        const started = engine.starting("up");
        await eventually("the thing is there", () => world.things.size > 0);
        started.interrupt();
        const cancelled = await started.run;
        assert.notEqual(cancelled.code, 0);
        assert.deepEqual(world.cancelled, ["one"]);
        assert.deepEqual((await engine.resources()).find(({ type }) => type === thing)?.initErrors, [
            "was cancelled while it waited",
        ]);
    });

    it("leaves no instance behind", async () => {
        await program(`new Thing("one", { text: "a" });`);
        await succeeds(engine.up());
        await eventually("the instance is closed", () => engine.pluginInstances() === 0);
        assert.ok(world.closed > 0);
    });

    it("lets go of its instance when the engine dies without a word", async () => {
        await program(`new Thing("one", { text: "a", wait: true });`);
        const started = engine.starting("up");
        await eventually("the thing is there", () => world.things.size > 0);
        started.interrupt("SIGKILL");
        await started.run;
        await eventually("the instance is closed", () => engine.pluginInstances() === 0);
        await engine.cli("cancel", "--yes");
    });

    it("is missed in plain words when the lab is not up", async () => {
        await program(`new Thing("one", { text: "a" });`);
        engine.environment["LAB_PROVIDER_SOCKET"] = `${engine.folder}/nobody`;
        const { code, output } = await engine.preview();
        delete engine.environment["LAB_PROVIDER_SOCKET"];
        assert.notEqual(code, 0);
        assert.match(output, /the lab is not up \(.*nobody: ENOENT\): run `make up`/);
    });
});
