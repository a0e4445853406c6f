import assert from "node:assert/strict";
import { cottage, openFaultLab, type FaultLab } from "../../support/fault-lab";

/** What somebody sees at the moment when it ends; each is later than the one before. */
const MOMENTS = {
    "looking for its tools": /moto \S+ cached/,
    "starting the hardware": /lab: starting the hardware/,
    "beginning with the house": /lab: pulumi up/,
    "making a machine": /VmLegacy k3s-server-1-vm creating/,
    "waiting for the machines": /waiting for/,
    "installing charts": /Release block-longhorn creating/,
    "making objects": /StatefulSet jellyfin-postgres\S* creating/,
} as const;
const VM = "/nodes/pve-1/qemu/201/config";
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
    const machine = async () => /uuid=[-0-9a-f]+/.exec(JSON.stringify(await lab.proxmox("GET", VM)))?.[0] ?? "none";
    const state = () => lab.resources().map(({ urn }) => urn);
    const allOf = (earlier: readonly string[]) => {
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

    it("is taken up by the next one, which forgets nothing", async () => {
        const before = state();
        const { output } = await cutOff("installing charts", "interrupt");
        assert.match(output, /interrupted; .*goes on where this ended/);
        assert.deepEqual(allOf(before), []);
    });

    it("by kill -9 while making objects is put in order by the next one", async () => {
        const before = state();
        await cutOff("making objects", "kill");
        const { code, output } = await lab.lab("doctor");
        assert.equal(code, 1);
        assert.match(output, /the stack is locked by an engine that is gone[^]*`make up` releases it/);
        console.log(output);
        assert.deepEqual(allOf(before), []);
        const up = await lab.upAndWhole();
        console.log(up.output);
        assert.match(up.output, /the last run was killed: releasing its lock/);
        assert.deepEqual(allOf(before), []);
    });

    it("by kill -9 while making a machine is put in order by the next one", async () => {
        assert.equal((await lab.lab("down")).code, 0);
        await cutOff("making a machine", "kill");
        const { output } = await cutOff("beginning with the house", "interrupt");
        assert.match(output, /the last run was killed: releasing its lock/);
    });

    it("by kill -9 between Proxmox' answer and the note of it takes over what was made", async () => {
        await cutOff("waiting for the machines", "interrupt");
        const before = await machine();
        const lost = lab.forgetAnswers(/vmLegacy|fileLegacy|download/);
        assert.equal(lost, 3);
        const up = lab.start("up");
        await up.printed(/lab: pulumi up/);
        const second = await lab.lab("up");
        assert.equal(second.code, 1);
        assert.match(second.output, new RegExp(`process ${up.pid} is changing this lab`));
        assert.ok(second.seconds < 10, `the second took ${second.seconds} s`);
        const ended = await up.done;
        assert.equal(ended.code, 0, ended.output);
        assert.match(ended.output, /cut off in the middle of 3 operations: looking what came of them/);
        console.log(ended.output);
        assert.equal((await lab.lab("preview", "--expect-no-changes")).code, 0);
        assert.equal(await machine(), before);
    });
});
