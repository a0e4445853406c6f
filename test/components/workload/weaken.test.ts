import assert from "node:assert/strict";
import { at } from "../../support/graph";
import { captureController, captureWorkload, two } from "../../support/example-workload";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;

describe("a default that is given up", () => {
    const excuse = (reason: string) => ({ reason, owner: "the house", until: "2027-06-30" }) as const;
    const written = (reason: string) => `${reason}; owner=the house; until=2027-06-30`;

    it("is written to an annotation with its reason, owner and last day", async () => {
        const reason = "The image writes to its own program folder.";
        const deployment = await captureController({ weaken: { "writable-root": excuse(reason) } });
        assert.equal(at(deployment, ...CONTAINER, "securityContext", "readOnlyRootFilesystem"), false);
        assert.deepEqual(at(deployment, "metadata", "annotations"), {
            "policy.homelab/allow-read-only-root": written(reason),
        });
    });

    it("carries the name of the rule that watches it", async () => {
        const reason = "It mounts file systems for the whole node.";
        const deployment = await captureController({ weaken: { privileged: excuse(reason) } });
        assert.equal(at(deployment, ...CONTAINER, "securityContext", "privileged"), true);
        assert.deepEqual(at(deployment, "metadata", "annotations"), {
            "policy.homelab/allow-no-privileged-container": written(reason),
        });
    });

    it("ends with the first of two that one rule watches", async () => {
        const capabilities = { reason: "It binds a low port.", owner: "the net", until: "2027-03-01" } as const;
        const weaken = { privileged: excuse("It mounts file systems."), capabilities };
        const deployment = await captureController({ weaken, addCapabilities: ["NET_BIND_SERVICE"] });
        assert.deepEqual(at(deployment, "metadata", "annotations"), {
            "policy.homelab/allow-no-privileged-container":
                "It mounts file systems.; It binds a low port.; owner=the house and the net; until=2027-03-01",
        });
    });

    it("lets replicas share a host only when somebody says why", async () => {
        const deployment = await captureController({
            run: two,
            weaken: { "shared-host": excuse("There is one host in this house.") },
        });
        assert.equal(at(deployment, ...POD, "affinity", "podAntiAffinity"), undefined);
    });

    it("is not given up for a word", async () => {
        await assert.rejects(
            captureWorkload({ weaken: { privileged: excuse("needed") } }),
            /weaken\.privileged\.reason: "needed" is no reason .*write why it must be/,
        );
    });

    it("is not given up without an owner, for ever, or with words that its annotation would cut", async () => {
        const weaken = { privileged: { reason: "it mounts; disks too", owner: " ", until: "2027-02-30" } } as const;
        await assert.rejects(captureWorkload({ weaken }), (error: Error) => {
            assert.match(error.message, /reason: has a semicolon/);
            assert.match(error.message, /owner: is empty; write who is asked when it ends/);
            assert.match(error.message, /until: "2027-02-30" is no day; write one as 2027-06-30/);
            return true;
        });
    });
});
