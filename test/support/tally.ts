import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import type { Counts, Failure } from "./counts";

/** Mocha's own report, plus its counts in the file that `TEST_TALLY` names: the closing lines add several runs up. */
export = class Tally extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const found: Failure[] = [];
        runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, failure: unknown) => {
            found.push({
                title: test.titlePath().join(" › "),
                message: messageOf(failure),
            });
        });
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            const { passes, failures, pending } = this.stats;
            const file = process.env["TEST_TALLY"];
            const counts: Counts = { passed: passes, failed: failures, skipped: pending, failures: found };
            if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
        });
    }
};

/** An error that comes from another process is plain data. */
function messageOf(failure: unknown): string {
    return typeof failure === "object" && failure !== null && "message" in failure
        ? String(failure.message)
        : String(failure);
}
