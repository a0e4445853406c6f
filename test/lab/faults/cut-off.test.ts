import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cottage, cottageWithAgent, openFaultLab, type FaultLab } from "../../support/fault-lab";

/** What somebody sees at the moment when it ends; each is later than the one before. */
const MOMENTS = {
    "looking for its tools": /moto \S+ cached/,
    "starting the hardware": /lab: starting the hardware/,
    "beginning with the house": /lab: pulumi up/,
    "making a machine": /VmLegacy k3s-server-1-vm creating/,
    "having made a machine": /VmLegacy k3s-server-1-vm created/,
    "installing charts": /Release block-longhorn creating/,
    "making objects": /StatefulSet jellyfin-postgres\S* creating/,
    "making the last objects": /StatefulSet jellyfin-web\S* creating/,
    "making another machine": /VmLegacy k3s-agent-1-vm creating/,
} as const;
type Moment = keyof typeof MOMENTS;

describe("make up that was cut off", function () {
    this.timeout(240_000);
    let lab: FaultLab;

    before(() => {
        lab = openFaultLab(73, cottage());
    });
    after(() => lab.close());

    const cutOff = async (moment: Moment, how: "interrupt" | "kill") => {
        const up = lab.start("up");
        await up.printed(MOMENTS[moment]);
        up[how]();
        return up.done;
    };
    /** What tells a machine from one that was made anew. */
    const machine = async () =>
        /uuid=[-0-9a-f]+/.exec(JSON.stringify(await lab.proxmox("GET", "/nodes/pve-1/qemu/201/config")))?.[0];
    const state = () => lab.resources().map(({ urn }) => urn);
    const missingOf = (earlier: readonly string[]) => {
        const now = new Set(state());
        return earlier.filter((urn) => !now.has(urn));
    };

    for (const moment of [
        "looking for its tools",
        "starting the hardware",
        "beginning with the house",
        "making a machine",
    ] as const) {
        it(`by Ctrl-C while ${moment} says that the next one goes on`, async () => {
            const { code, output } = await cutOff(moment, "interrupt");
            assert.notEqual(code, 0);
            assert.match(output, /interrupted; .*`?make up`?.* goes on where this ended/);
            assert.doesNotMatch(output, /\n\s+at .*\.ts:\d+/);
        });
    }

    it("by kill -9 between Proxmox's answer and the note of it: the next one finds what was made", async () => {
        if (!state().some((urn) => urn.endsWith("k3s-server-1-vm"))) await cutOff("having made a machine", "interrupt");
        const [before, uuid] = [state(), await machine()];
        assert.ok(uuid !== undefined);
        assert.equal(lab.forgetAnswers(/vmLegacy|fileLegacy|download/), 3);
        const { output } = await cutOff("installing charts", "interrupt");
        assert.match(output, /cut off in the middle of 3 operations: looking what came of them/);
        assert.match(output, /lab: interrupted; `make up` goes on where this ended/);
        assert.deepEqual(missingOf(before), []);
        assert.equal(await machine(), uuid, "the machine was made anew");
    });

    it("because the API server died ends at once, with its address and nothing forgotten", async () => {
        const before = state();
        const up = lab.start("up");
        await up.printed(MOMENTS["making objects"]);
        const server = lab.running().find(({ name }) => name === "kube-apiserver") ?? assert.fail("no API server runs");
        process.kill(server.pid, "SIGKILL");
        const killed = performance.now();
        const { code, output } = await up.done;
        assert.notEqual(code, 0);
        assert.match(output, /error: .*the Kubernetes API server at https:\/\/127\.73\.20\.21:6443 does not answer/);
        assert.match(output, /lab: not everything came up \(see above\); `make up` tries again/);
        assert.ok(performance.now() - killed < 25_000, "it waited for what does not come");
        assert.deepEqual(missingOf(before), []);
    });

    it("by kill -9 while making objects: the doctor tells what it left", async () => {
        const before = state();
        await cutOff("making the last objects", "kill");
        // Now and then the engine is killed in the middle of writing this; here it always is.
        writeFileSync(join(lab.paths.state, ".pulumi", "stacks", "homelab", "dev.json.attrs"), "");
        const { code, output } = await lab.lab("doctor");
        assert.equal(code, 1);
        assert.match(output, /the stack is locked by an engine that is gone\n +`make up` releases it/);
        assert.match(output, /was left by process \d+, which is gone\n +nothing to do: the next command takes it over/);
        assert.deepEqual(missingOf(before), []);
    });

    it("goes on to the end, unharmed by a second one, which says at once who is at work", async () => {
        const before = state();
        const first = lab.start("up");
        await first.printed(MOMENTS["beginning with the house"]);
        const second = await lab.lab("up");
        assert.equal(second.code, 1);
        assert.match(
            second.output,
            new RegExp(
                `lock: process ${first.pid} is changing this lab \\(one command at a time\\); wait until it has ended`,
            ),
        );
        assert.doesNotMatch(second.output, /pulumi up/);
        const down = await lab.lab("down");
        assert.equal(down.code, 1);
        assert.match(down.output, new RegExp(`process ${first.pid} is changing this lab`));
        const { code, output } = await first.done;
        assert.equal(code, 0, output);
        assert.match(output, /the last run was killed: releasing its lock/);
        const preview = await lab.lab("preview", "--expect-no-changes");
        assert.equal(preview.code, 0, preview.output);
        assert.deepEqual(missingOf(before), []);
    });

    it("by kill -9 while making one more machine: the next one makes it, once", async () => {
        lab.house(cottageWithAgent());
        const before = state();
        await cutOff("making another machine", "kill");
        await lab.upAndWhole();
        // The storage is tried where the workloads go: on the server no more, now that there is an agent.
        const gone = missingOf(before).filter((urn) => !urn.includes("storage-preflight-k3s-server-1"));
        assert.deepEqual(gone, []);
        const guests = await lab.proxmox("GET", "/nodes/pve-1/qemu");
        const ids = (Array.isArray(guests) ? guests : []).map(({ vmid }: { vmid: number }) => vmid);
        assert.deepEqual(ids.sort(), [201, 211]);
    });

    it("is no different from hardware that died: the doctor says so, and the next one starts it again", async () => {
        const [before, uuid] = [lab.running(), await machine()];
        const victims = before.filter(({ name }) => ["daemon", "plugins"].includes(name));
        assert.equal(victims.length, 2);
        for (const { pid } of victims) process.kill(pid, "SIGKILL");
        const { code, output } = await lab.lab("doctor");
        assert.equal(code, 1);
        for (const { name, pid } of victims)
            assert.match(
                output,
                new RegExp(`${name} \\(process ${pid}\\) has died; .*${name}\\.log tells why\n +.make up. starts`),
            );
        await lab.upAndWhole();
        assert.equal(await machine(), uuid);
        assert.deepEqual(
            lab.running().map(({ name }) => name),
            before.map(({ name }) => name),
        );
        const orphans = before.filter((each) => lab.running().some(({ pid }) => pid === each.pid));
        assert.deepEqual(orphans, []);
    });
});
