import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's own report, plus its counts in the file that `TEST_TALLY` names: the closing line adds several runs up. */
export = class Tally extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            const { passes, failures, pending } = this.stats;
            const file = process.env["TEST_TALLY"];
            if (file !== undefined)
                writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
        });
    }
};
