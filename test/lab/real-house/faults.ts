import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "../../../lab/paths";
import { valueAt } from "../../../lab/plain-values";
import { providerWithCharts } from "../../../lab/providers/kubernetes";
import { type Engine, type Run, startEngine } from "../../support/engine";
import { type Fault, faults, LIMIT_SECONDS, LOW_LIMIT, MISSING_IMAGE, NAMESPACE } from "./faulty-program";

/** Beyond the limit: starting the engine, the program and plugins, and asking for the reasons. */
const OVERHEAD_SECONDS = 30;

const mistakes = faults.filter((fault) => fault !== "good");

/** What the error of the workload has to say, beside that it was not ready in time. */
const reasons: Readonly<Record<Exclude<Fault, "good">, readonly RegExp[]>> = {
    "wrong-port": [
        /event of pod wrong-port-\S+: Unhealthy: Startup probe failed: .*:6380: connect: connection refused/,
        /container redis printed last:(\n\s+.*)*Ready to accept connections/,
    ],
    "read-only-volume": [
        /container redis ended with exit code 1/,
        /container redis printed last:(\n\s+.*)*Can't open or create append-only dir \S+: Read-only file system/,
    ],
    "missing-key": [/CreateContainerConfigError: couldn't find key pasword in Secret faults\/secret/],
    "missing-image": [
        /container redis: (ErrImagePull|ImagePullBackOff): /,
        new RegExp(`"${MISSING_IMAGE.replaceAll(".", "\\.")}"`),
    ],
    "low-limit": [
        new RegExp(`container redis ended with exit code 137: OOMKilled: its memory limit is ${LOW_LIMIT}`),
        /container redis printed last:\n\s+reading it all/,
    ],
    "missing-program": [/exec: "redis-sever": executable file not found in \$PATH/],
};

/**
 * A program with the mistakes that only real machines show, against the cluster of a house that is up.
 * @param house asked when the tests begin
 */
export function describeFaults(house: () => { readonly paths: Pick<LabPaths, "kubeconfig"> }): void {
    describe("when a program with mistakes is brought up in it", () => {
        let engine: Engine;
        let run: Run;
        let tookSeconds = 0;

        before(async () => {
            const plugin = { npmPackage: "@pulumi/kubernetes", factory: providerWithCharts([]) };
            const kubeconfig = readFileSync(house().paths.kubeconfig, "utf8");
            engine = await startEngine({ plugins: { kubernetes: plugin }, env: { FAULTS_KUBECONFIG: kubeconfig } });
            const program = JSON.stringify(join(__dirname, "faulty-program.ts"));
            await engine.program(`require("tsx/cjs"); require(${program}).writeFaults(process.env.FAULTS_KUBECONFIG);`);
            const start = Date.now();
            // All wait side by side, and each is waited for to its end.
            run = await engine.up("--continue-on-error", "--parallel", "64");
            tookSeconds = (Date.now() - start) / 1000;
        });
        after(async () => {
            const { code, output } = await engine.destroy();
            await engine.close();
            assert.equal(code, 0, output);
        });

        /** The error of a workload's own object. */
        const errorOf = (fault: Fault) =>
            run.messages
                .filter(({ severity, urn }) => severity === "error" && urn.endsWith(`::${fault}-deployment`))
                .map(({ message }) => message)
                .join("\n");

        it("fails, and within its time limit", () => {
            assert.notEqual(run.code, 0, run.output);
            assert.ok(
                tookSeconds < LIMIT_SECONDS + OVERHEAD_SECONDS,
                `took ${Math.round(tookSeconds)} s\n${run.output}`,
            );
        });

        it("brings up what has no mistake", () => {
            const good = run.steps.find(({ name }) => name === "good-deployment");
            assert.equal(good?.op, "create", run.output);
            assert.equal(valueAt(good.outputs, "status.availableReplicas"), 1, run.output);
            assert.equal(errorOf("good"), "");
        });

        for (const fault of mistakes)
            it(`says of ${fault.replaceAll("-", " ")} why it was not ready`, () => {
                const error = errorOf(fault);
                const inTime = `Deployment "${NAMESPACE}/${fault}" was not ready after ${LIMIT_SECONDS} s: `;
                assert.ok(error.includes(inTime), error || run.output);
                for (const word of reasons[fault]) assert.match(error, word);
            });

        it("says the same of nothing else, and nothing that is secret", () => {
            const told = faults.filter((fault) => errorOf(fault) !== "");
            assert.deepEqual(told, mistakes);
            assert.ok(!run.output.includes("a-well-kept-word"));
        });
    });
}
