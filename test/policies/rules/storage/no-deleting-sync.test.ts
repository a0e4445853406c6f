import assert from "node:assert/strict";
import { noDeletingSync as rule } from "../../../../policies/rules/storage/no-deleting-sync";
import { excuse, fact, judge, service, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function shell(script: unknown) {
    return workload({ container: { command: ["/bin/sh", "-c", script] } });
}

describe("no-deleting-sync", () => {
    for (const good of [
        "rclone copy remote:films /data/films",
        "rclone sync /data/films backup:films --fast-list",
        "rclone sync remote:films /data --backup-dir /data/.gone --max-delete 20",
        "rsync -a /data/ /copy/",
        "echo sync; sync",
    ]) {
        it(`accepts ${good}`, () => assert.deepEqual(judge(rule, shell(good)), clean));
    }

    for (const bad of [
        "rclone sync remote:films /data/films",
        "set -e\nrclone --config /c sync remote:films \\\n  /data/films",
        "rsync -a --delete nas::films /data/films",
        "rsync -a --delete-after /source/ /data/films/",
        "rclone sync remote:films /data --backup-dir /data/.gone",
    ]) {
        it(`refuses ${JSON.stringify(bad)}`, () => {
            assert.match(
                judge(rule, shell(bad)).messages.join(),
                /containers\[0\]: `.*` deletes at home what is gone at the source .*; copy or move instead/,
            );
        });
    }

    it("reads arguments as one command, and the scripts of a ConfigMap", () => {
        const args = ["sync", "remote:films", "/data"];
        assert.equal(judge(rule, workload({ container: { command: ["rclone"], args } })).messages.length, 1);
        const data = { "run.sh": "rclone sync remote:films /data" };
        const script = fact("kubernetes:core/v1:ConfigMap", { metadata: { name: "scripts" }, data });
        assert.match(judge(rule, script).messages.join(), /^ConfigMap scripts data\["run\.sh"\]: /);
        assert.equal(rule.applies(service().type), false);
    });

    it("leaves an unknown command unchecked", () => {
        assert.equal(judge(rule, shell(unknownText)).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-no-deleting-sync": excuse("a mirror that is thrown away each night"),
        };
        const container = { command: ["rsync", "-a", "--delete", "/source", "/mirror"] };
        assert.deepEqual(judge(rule, workload({ annotations, container })), clean);
    });
});
