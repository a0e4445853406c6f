import assert from "node:assert/strict";
import { releasePinned as rule } from "../../../../policies/rules/platform/release-pinned";
import { fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function release(props: object, type = "kubernetes:helm.sh/v3:Release") {
    return fact(type, { chart: "longhorn", name: "longhorn", ...props });
}

describe("release-pinned", () => {
    it("accepts exact versions, and a chart of the repository itself", () => {
        for (const version of ["1.12.1", "v1.21.1", "4.0.0-rc.1"]) {
            assert.deepEqual(judge(rule, release({ version })), clean);
        }
        assert.deepEqual(judge(rule, release({ chart: "./charts/own" })), clean);
        assert.equal(rule.applies(workload().type), false);
    });

    it("refuses a missing version", () => {
        assert.match(
            judge(rule, release({})).messages.join(),
            /version: names no version, so each run takes the newest \(release-pinned\); write one version in full/,
        );
        assert.equal(judge(rule, release({}, "kubernetes:helm.sh/v4:Chart")).messages.length, 1);
    });

    for (const version of ["latest", "^1.2.0", "1.x", "~1.12", ">=1.0.0", "1.12"]) {
        it(`refuses ${version}`, () => {
            assert.match(judge(rule, release({ version })).messages.join(), /is no exact version/);
        });
    }

    it("leaves an unknown version unchecked", () => {
        assert.deepEqual(judge(rule, release({ version: unknownText })), { messages: [], unchecked: ["version"] });
    });
});
