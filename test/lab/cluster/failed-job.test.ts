import assert from "node:assert/strict";
import { join } from "node:path";
import { providerWithCharts } from "../../../lab/providers/kubernetes";
import { startEngine, type Engine, type Run } from "../../support/engine";
import { NAMESPACE, SECRET } from "./failed-job-program";
import { openHouse, ready, type House } from "./house";

describe("a job of the house that fails", function () {
    this.timeout(120_000);
    let house: House;
    let engine: Engine;

    before(async () => {
        house = await openHouse();
        for (const name of ["k3s-server-1", "k3s-agent-1"]) await house.machine(name).on();
        await ready(house.client, "k3s-agent-1");
        const plugin = { npmPackage: "@pulumi/kubernetes", factory: providerWithCharts([]) };
        engine = await startEngine({
            plugins: { kubernetes: plugin },
            env: { TEST_KUBECONFIG: house.papers.kubeconfig },
        });
        const file = JSON.stringify(join(__dirname, "failed-job-program.ts"));
        await engine.program(`require("tsx/cjs"); require(${file}).writeJob(process.env.TEST_KUBECONFIG);`);
    });
    after(async () => {
        await engine.close();
        await house.stop();
    });

    const job = () => house.client.get(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs/setup`);
    const opsOf = ({ steps }: Run, name: string) => steps.filter((step) => step.name === name).map(({ op }) => op);
    let failed: string | undefined;

    it("ends the up, which says why, and lets nothing that comes after it begin", async () => {
        const run = await engine.up();
        assert.notEqual(run.code, 0);
        assert.match(run.output, /Job "jobs\/setup" failed: DeadlineExceeded/);
        assert.match(run.output, /made-by-hand/);
        assert.deepEqual(opsOf(run, "after"), []);
        failed = (await job()).metadata.uid;
    });

    it("is shown to be replaced as long as it has not succeeded", async () => {
        const run = await engine.preview();
        assert.equal(run.code, 0, run.output);
        assert.ok(opsOf(run, "setup-job").includes("replace"), run.output);
    });

    it("is made anew by the next up when its cause is mended, with no hand, although the house protects its data", async () => {
        await house.client.request("POST", `/api/v1/namespaces/${NAMESPACE}/secrets`, {
            body: { metadata: { name: SECRET }, stringData: { password: "a-word" } },
        });
        const run = await engine.up();
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(opsOf(run, "setup-job"), ["delete-replaced", "replace", "create-replacement"]);
        assert.deepEqual(opsOf(run, "after"), ["create"]);
        assert.notEqual((await job()).metadata.uid, failed);
    });

    it("is left alone from then on", async () => {
        const run = await engine.up("--expect-no-changes");
        assert.equal(run.code, 0, run.output);
    });
});
