import assert from "node:assert/strict";
import { kubectl } from "../../../scripts/restore/kubectl";
import { runRestore } from "../../../scripts/restore/run";
import { ClusterStandIn } from "./cluster-stand-in";

const REASON = 'house:b/jellyfin: there is no whole dump "20261128T023000Z"';
const WORDS = ["database", "jellyfin", "--from", "20261128T023000Z"];

describe("a restore that fails, told by the real kubectl,", function () {
    this.timeout(120_000);
    let cluster: ClusterStandIn;
    before(async () => {
        cluster = await ClusterStandIn.start(`${REASON}\n`);
    });
    after(() => cluster.stop());

    async function told(): Promise<{ code: number; text: string }> {
        const lines: string[] = [];
        const say = (line: string) => lines.push(line);
        const code = await runRestore(WORDS, { log: say, error: say });
        return { code, text: lines.join("\n") };
    }

    it("gives the reason of the container that failed, although the other one has no log", async () => {
        // kubectl asks the containers in no order; each time either may come first.
        for (let time = 0; time < 4; time++) {
            const { code, text } = await told();
            assert.equal(code, 1, text);
            assert.ok(text.includes(REASON), text);
            assert.match(
                text,
                /^failed; kubectl --namespace jellyfin describe job\.batch\/jellyfin-database-restore-x1$/m,
            );
        }
    });

    it("says that it failed where its pod is gone", async () => {
        cluster.hasPod = false;
        try {
            const { code, text } = await told();
            assert.equal(code, 1, text);
            assert.match(text, /^kubectl logs: .*\n(.*\n)*failed; kubectl/m);
        } finally {
            cluster.hasPod = true;
        }
    });

    it("keeps what kubectl printed before it failed", async () => {
        await assert.rejects(kubectl(["get", "jobs.batch/x", "pods/missing", "--namespace", "jellyfin"]), {
            message: /^kubectl get: .*NotFound[^]*\nx /,
        });
    });
});
