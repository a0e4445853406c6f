import assert from "node:assert/strict";
import { join } from "node:path";
import { textOf, valueAt } from "../../../../lab/plain-values";
import { createBridge } from "../../../../lab/providers/proxmoxve/index";
import { startEngine, type Engine, type Run } from "../../../support/engine";
import { House } from "./house";

describe("bridge: a machine in the care of the HA manager, in a real engine", function () {
    this.timeout(120_000);
    let house: House;
    let engine: Engine;

    before(async () => {
        house = await House.start("127.51");
        await house.byHand("POST", "/access/roles", { roleid: "Ha", privs: "Sys.Audit,Sys.Console" });
        await house.byHand("PUT", "/access/acl", { path: "/", users: "pulumi@pve", roles: "Ha", propagate: "0" });
        const factory = () => createBridge(house.tools);
        engine = await startEngine({
            plugins: { proxmoxve: { npmPackage: "@muhlba91/pulumi-proxmoxve", factory } },
            env: { TEST_PROXMOX: JSON.stringify(house.settings()) },
        });
        const file = JSON.stringify(join(__dirname, "managed-machines.ts"));
        await engine.program(`require("tsx/cjs"); require(${file}).writeManagedMachines(process.env.TEST_PROXMOX);`);
        const { code, output } = await engine.up();
        assert.equal(code, 0, output);
    });
    after(async () => {
        await engine.close();
        await house.close();
    });

    const listed = async (path: string, ...words: readonly string[]) => {
        const list = await house.byHand("GET", path);
        assert.ok(Array.isArray(list));
        return list.map((one: unknown) => words.map((word) => textOf(valueAt(one, word))).join(" ")).sort();
    };
    const care = async () => [
        ...(await listed("/cluster/ha/resources", "sid", "state")),
        ...(await listed("/cluster/ha/rules", "rule", "resources")),
    ];
    const opsOf = ({ steps }: Run) => steps.filter(({ op }) => op !== "same").map(({ op, name }) => `${op} ${name}`);
    const whole = [
        ...["vm:301 started", "vm:302 started"],
        ...["home-on-pve-1 vm:301", "home-on-pve-2 vm:302", "home-servers-apart vm:301,vm:302"],
    ];

    it("is what was asked for", async () => {
        assert.deepEqual(await care(), whole);
    });

    it("is in it again when it is made anew, with every rule for it, and the other one's are left alone", async () => {
        const { urn } = (await engine.resources()).find(({ urn }) => urn.endsWith("::server-1-vm")) ?? assert.fail();
        const run = await engine.up("--replace", urn);
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(await care(), whole);
        const deleted = opsOf(run).filter((line) => line.startsWith("delete-replaced "));
        assert.deepEqual(deleted.slice(0, 2).sort(), [
            "delete-replaced home-on-pve-1",
            "delete-replaced home-servers-apart",
        ]);
        assert.deepEqual(deleted.slice(2), ["delete-replaced server-1-managed", "delete-replaced server-1-vm"]);
        // The provider warns of each that was gone when it came to it.
        assert.doesNotMatch(run.output, /does not exist/);
    });

    it("leaves nothing to do, nor to find in a refresh", async () => {
        assert.deepEqual(opsOf(await engine.refresh()), []);
        const run = await engine.preview("--expect-no-changes");
        assert.equal(run.code, 0, run.output);
    });
});
