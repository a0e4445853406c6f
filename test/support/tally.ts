import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import type { Counted, Failure, Tallied } from "./counts";

/** Mocha's own report, plus its counts in the file that `TEST_TALLY` names: the closing lines add several runs up. */
export = class Tally extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const found: Failure[] = [];
        const files: Record<string, Counted> = {};
        const count = (what: keyof Counted, file: string | null | undefined) => {
            const key = file ?? "";
            const counted = files[key] ?? { passed: 0, failed: 0, skipped: 0 };
            files[key] = { ...counted, [what]: counted[what] + 1 };
        };
        const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } = Mocha.Runner.constants;
        runner.on(EVENT_TEST_PASS, ({ file }) => count("passed", file));
        runner.on(EVENT_TEST_PENDING, ({ file }) => count("skipped", file));
        runner.on(EVENT_TEST_FAIL, (test, failure: unknown) => {
            count("failed", test.file);
            found.push({
                title: test.titlePath().join(" › "),
                message: messageOf(failure),
            });
        });
        runner.once(EVENT_RUN_END, () => {
            const { passes, failures, pending } = this.stats;
            const file = process.env["TEST_TALLY"];
            const all = { passed: passes, failed: failures, skipped: pending };
            const tallied: Tallied = { ...all, failures: found, unsteady: [], files };
            if (file !== undefined) writeFileSync(file, JSON.stringify(tallied));
        });
    }
};

/** An error that comes from another process is plain data. */
function messageOf(failure: unknown): string {
    return typeof failure === "object" && failure !== null && "message" in failure
        ? String(failure.message)
        : String(failure);
}
