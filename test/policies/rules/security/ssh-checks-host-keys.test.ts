import assert from "node:assert/strict";
import { sshChecksHostKeys as rule } from "../../../../policies/rules/security/ssh-checks-host-keys";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const config = (text: unknown) =>
    fact("kubernetes:core/v1:ConfigMap", { metadata: { name: "ssh", namespace: "media" }, data: { config: text } });

describe("ssh-checks-host-keys", () => {
    it("accepts SSH that checks, and everything else", () => {
        const container = { command: ["ssh", "-o", "StrictHostKeyChecking=yes", "worker"] };
        assert.deepEqual(judge(rule, workload({ container }), workload(), config("StrictHostKeyChecking yes")), clean);
    });

    for (const [where, found] of [
        ["a command", workload({ container: { command: ["ssh", "-o", "StrictHostKeyChecking=no", "worker"] } })],
        [
            "a variable",
            workload({ container: { env: [{ name: "SSH", value: "ssh -o UserKnownHostsFile=/dev/null" }] } }),
        ],
        ["a file", config("Host *\n  StrictHostKeyChecking no\n")],
    ] as const) {
        it(`refuses SSH that does not, in ${where}`, () => {
            const { messages } = judge(rule, found);
            assert.match(
                messages.join(),
                /trusts whoever answers at the address \(ssh-checks-host-keys\); mount a known_hosts file/,
            );
        });
    }

    it("leaves an unknown text unchecked and judges the rest", () => {
        assert.deepEqual(judge(rule, config(unknownText)).unchecked, ["data.config"]);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-ssh-checks-host-keys": excuse("the host is made anew each hour") };
        const container = { command: ["ssh", "-o", "StrictHostKeyChecking=no", "worker"] };
        assert.deepEqual(judge(rule, workload({ annotations, container })), clean);
    });

    it("does not apply to Secrets", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Secret"), false);
    });
});
