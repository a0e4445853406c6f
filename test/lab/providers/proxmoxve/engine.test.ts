import assert from "node:assert/strict";
import { textOf } from "../../../../lab/plain-values";
import { createBridge } from "../../../../lab/providers/proxmoxve/index";
import { type Engine, type Run, startEngine } from "../../../support/engine";
import { eventually } from "../../../support/eventually";
import { agentMachine, bareMachine, download, mapping, snippet, VM } from "./agent-machine";
import { House } from "./house";

/** The first lines of every program. */
function head(house: House): string {
    const settings = house.settings();
    return `
const pulumi = require("@pulumi/pulumi");
const proxmox = require("@muhlba91/pulumi-proxmoxve");
const provider = new proxmox.Provider("pve", {
    endpoint: ${JSON.stringify(settings["endpoint"])},
    insecure: true,
    apiToken: pulumi.secret(${JSON.stringify(settings["apiToken"])}),
    ssh: pulumi.secret(${textOf(settings["ssh"])}),
});`;
}

/** A program for one machine, its image, its snippet with a secret in it, and its GPU. */
function program(
    house: House,
    vm: object = {},
    cloudConfig = "#cloud-config\npassword: top-secret\n",
    protect = false,
) {
    return `${head(house)}
const replace = { provider, deleteBeforeReplace: true };
const gpu = new proxmox.hardware.mapping.Pci("gpu", ${JSON.stringify(mapping)}, { provider });
const image = new proxmox.download.File("image", ${JSON.stringify(download)}, replace);
const snippet = ${JSON.stringify(snippet)};
snippet.sourceRaw.data = pulumi.secret(${JSON.stringify(cloudConfig)});
const file = new proxmox.FileLegacy("file", snippet, replace);
const args = ${JSON.stringify({ ...agentMachine, ...vm })};
args.hostpcis[0].mapping = gpu.name;
const vm = new proxmox.VmLegacy("vm", args, {
    ...replace,
    dependsOn: [file, image],
    protect: ${protect},
    ignoreChanges: ["disks[0].importFrom"],
});
const { vms } = proxmox.getVmsLegacyOutput({ nodeName: "pve-1" }, { provider, dependsOn: [vm] });
module.exports = { id: vm.vmId, mac: vm.networkDevices[0].macAddress, names: vms.apply((all) => all.map((one) => one.name)) };
`;
}

describe("bridge: used by a real engine", function () {
    this.timeout(120_000);
    let house: House;
    let engine: Engine;

    before(async () => {
        house = await House.start("127.44");
        const factory = () => createBridge(house.tools);
        engine = await startEngine({ plugins: { proxmoxve: { npmPackage: "@muhlba91/pulumi-proxmoxve", factory } } });
    });

    after(async () => {
        await engine.close();
        await house.close();
    });

    it("previews, makes, and finds nothing to do in a second run", async () => {
        await engine.program(program(house));
        assert.deepEqual(ops(await engine.preview()), { gpu: "create", image: "create", file: "create", vm: "create" });
        assert.deepEqual(ops(await engine.up()), { gpu: "create", image: "create", file: "create", vm: "create" });
        assert.deepEqual(ops(await engine.preview("--expect-no-changes")), allSame);
        assert.deepEqual((await engine.outputs())["names"], ["k3s-agent-1"]);
    });

    it("keeps what the program calls secret out of the state", async () => {
        assert.doesNotMatch(await engine.stateText(), /top-secret/);
        const { apiToken, rootPassword } = house.proxmox.credentials;
        const text = await engine.stateText();
        assert.ok(!text.includes(apiToken.split("=")[1] ?? apiToken), "the token");
        assert.ok(!text.includes(rootPassword), "the SSH password");
    });

    it("refreshes without a difference when nobody touched anything", async () => {
        assert.deepEqual(ops(await engine.refresh()), allSame);
    });

    it("shows in a refresh exactly what was changed by hand, and repairs it", async () => {
        await house.byHand("PUT", "/nodes/pve-1/qemu/211/config", { memory: "4096" });
        const refreshed = await engine.refresh();
        assert.deepEqual(ops(refreshed), { ...allSame, vm: "update" });
        const preview = await engine.preview("--diff");
        assert.deepEqual(step(preview, "vm").diff, { "memory.dedicated": "update" });
        assert.deepEqual(ops(await engine.up()), { ...allSame, vm: "update" });
        assert.deepEqual(ops(await engine.refresh()), allSame);
    });

    it("replaces a changed snippet and leaves the machine alone that names it by its id", async () => {
        await engine.program(program(house, {}, "#cloud-config\npassword: another-secret\n"));
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(
            run.steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`),
            ["delete-replaced file", "replace file", "create-replacement file"],
        );
        assert.deepEqual(ops(await engine.preview("--expect-no-changes")), allSame);
    });

    it("refuses to replace a machine that is protected, names it, and touches nothing", async () => {
        const text = "#cloud-config\npassword: another-secret\n";
        await engine.program(program(house, {}, text, true));
        assert.equal((await engine.up()).code, 0);
        await engine.program(program(house, { vmId: 311 }, text, true));
        for (const run of [await engine.preview(), await engine.up()]) {
            assert.notEqual(run.code, 0);
            assert.match(run.output, /VmLegacy::vm"[^]*currently marked for protection/);
        }
        assert.deepEqual(
            house.proxmox.machines().map(({ vmId, power }) => ({ vmId, power })),
            [{ vmId: 211, power: "on" }],
        );
    });

    it("replaces a machine for another id, the old one first", async () => {
        await engine.program(program(house));
        assert.equal((await engine.up()).code, 0);
        await engine.program(program(house, { vmId: 311 }));
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(
            run.steps.filter(({ name, op }) => name === "vm" && op !== "same").map(({ op }) => op),
            ["delete-replaced", "replace", "create-replacement"],
        );
        assert.deepEqual(
            house.proxmox.machines().map(({ vmId }) => vmId),
            [311],
        );
    });

    it("finishes with the next run what failed in the middle", async () => {
        house.bodies.startFails = "kvm: out of memory";
        await engine.program(program(house, { vmId: 312 }));
        const failed = await engine.up();
        assert.notEqual(failed.code, 0);
        assert.match(failed.output, /kvm: out of memory/);
        house.bodies.startFails = undefined;
        const repaired = await engine.up();
        assert.equal(repaired.code, 0, repaired.output);
        assert.deepEqual(
            house.proxmox.machines().map(({ vmId, power }) => ({ vmId, power })),
            [{ vmId: 312, power: "on" }],
        );
        assert.deepEqual(ops(await engine.preview("--expect-no-changes")), allSame);
    });

    it("destroys everything and leaves no plugin behind", async () => {
        const run = await engine.destroy();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(house.proxmox.machines(), []);
        await eventually("the instance is closed", () => engine.pluginInstances() === 0);
    });

    it("imports a machine that the program describes, and is done then", async () => {
        const client = await house.provider();
        await client.create(VM, "by-hand", bareMachine);
        await client.close();
        const machine = (options: string) =>
            `${head(house)}\nnew proxmox.VmLegacy("bare", ${JSON.stringify(bareMachine)}, { provider${options} });`;
        await engine.reset();
        await engine.program(machine(', import: "pve-1/201"'));
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(
            run.steps.map(({ op, diff }) => ({ op, diff })),
            [
                { op: "import", diff: {} },
                // No host knows this setting, so it cannot be imported.
                { op: "update", diff: { stopOnDestroy: "update" } },
            ],
        );
        await engine.program(machine(""));
        assert.deepEqual(ops(await engine.preview("--expect-no-changes")), { bare: "same" });
    });
});

const allSame = { gpu: "same", image: "same", file: "same", vm: "same" };

/** What was done to each resource; the whole output when the command failed. */
function ops(run: Run): Record<string, string> {
    assert.equal(run.code, 0, run.output);
    return Object.fromEntries(run.steps.map(({ name, op }) => [name, op]));
}

function step(run: Run, name: string) {
    const found = run.steps.find((each) => each.name === name);
    assert.ok(found, run.output);
    return found;
}
