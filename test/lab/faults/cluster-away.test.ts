import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cottageWithAgent, openFaultLab, type FaultLab } from "../../support/fault-lab";

/** A second machine, so that one can be there and the other not. */
const twoMachines = cottageWithAgent();

describe("make up while machines do not come", function () {
    this.timeout(240_000);
    let lab: FaultLab;

    before(async () => {
        lab = openFaultLab(72, twoMachines);
        const up = await lab.lab("up");
        assert.equal(up.code, 0, up.output);
    });
    after(() => lab.close());

    const snippet = () => {
        const folder = join(lab.paths.proxmox, "hosts", "pve-1", "local", "snippets");
        const file = readdirSync(folder).find((name) => name.includes("agent")) ?? "";
        return join(folder, file);
    };
    /** Nobody wants to wait for what does not come. */
    const upInVain = async () => {
        lab.house(twoMachines.replace("readinessBudgetMinutes: 2", "readinessBudgetMinutes: 0.1"));
        const ended = await lab.lab("up");
        lab.house(twoMachines);
        assert.notEqual(ended.code, 0);
        return ended.output;
    };
    const powerCycle = async (machine: string) => {
        await lab.lab("power", machine, "off");
        await lab.lab("power", machine, "on");
    };
    const state = () =>
        lab
            .resources()
            .map(({ urn, id }) => `${urn} ${id ?? ""}`)
            .sort();

    it("names the one machine whose cloud-config cannot be read, what to look at, and its console says why", async () => {
        const [file, before] = [snippet(), state()];
        const text = readFileSync(file, "utf8");
        writeFileSync(file, text.replace("#cloud-config", "#cloud-config\n\t: [unreadable"));
        await lab.kube().request("DELETE", "/api/v1/nodes/k3s-agent-1");
        await powerCycle("k3s-agent-1");
        const output = await upInVain();
        assert.match(output, /cluster: 1 of 2 planned nodes are not ready after 0\.\d min/);
        assert.match(
            output,
            /k3s-agent-1 \(VM 211 on pve-1, 127\.72\.20\.31\): has not joined; on pve-1: qm status 211/,
        );
        assert.doesNotMatch(output, /k3s-server-1 \(VM/);
        assert.deepEqual(state(), before);
        const { output: console } = await lab.lab("logs", "k3s-agent-1");
        assert.match(console, /cloud-init.*(YAML|yaml)/);
        writeFileSync(file, text);
        await powerCycle("k3s-agent-1");
        const { code, output: last } = await lab.lab("up");
        assert.equal(code, 0, last);
    });

    it("says once that the cluster is away, at once in a preview, and loses nothing", async () => {
        const before = state();
        await lab.lab("power", "k3s-server-1", "off");
        const preview = await lab.lab("preview", "--expect-no-changes");
        assert.equal(preview.code, 0, preview.output);
        const diagnostics = preview.output.slice(preview.output.indexOf("Diagnostics:"));
        assert.equal(diagnostics.match(/127\.72\.20\.21:6443 does not answer/g)?.length, 1, preview.output);
        const output = await upInVain();
        assert.match(output, /cluster: 2 of 2 planned nodes are not ready/);
        assert.match(output, /API server: https:\/\/127\.72\.20\.21:6443: ECONNREFUSED/);
        assert.equal(output.match(/^ {4}error: /gm)?.length, 1, output);
        assert.match(output, /k3s-server-1 is off; switch it on: npm run lab -- power k3s-server-1 on/);
        assert.deepEqual(state(), before);
        await lab.lab("power", "k3s-server-1", "on");
        await lab.upAndWhole();
        assert.deepEqual(state(), before);
    });
});
