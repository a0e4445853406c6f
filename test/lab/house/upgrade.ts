import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { KubeClient } from "../../../lab/kube/client";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { endpointsOf, nodesOf, podsOf, volumesOf } from "./cluster-view";
import { done, summary } from "./engine-words";
import { PodStory } from "./pod-story";
import { faultsOf } from "./replicas";

const REPOSITORY = "ghcr.io/jpvenson/jellyfin.pgsql";

/**
 * Upgrades Jellyfin by what docs/how-to/upgrade-jellyfin.md says and nothing else. No container runs: which release a pod
 * refuses to start, and what a visitor sees of a new image, is shown elsewhere.
 */
export function describeUpgrade(house: TestHouse, kube: () => KubeClient): void {
    describe("when Jellyfin is upgraded", () => {
        let volumes: unknown;
        before(async () => {
            volumes = await volumesOf(kube());
        });

        /** Writes lines of `homelab:jellyfin`, as a person would (`undefined` takes one out), and brings the house up. */
        async function up(lines: Readonly<Record<string, unknown>>) {
            const stack = parseDocument(readFileSync(house.paths.houseFile, "utf8"));
            for (const [key, value] of Object.entries(lines)) {
                const path = ["config", "homelab:jellyfin", key];
                if (value === undefined) stack.deleteIn(path);
                else stack.setIn(path, value);
            }
            writeFileSync(house.paths.houseFile, stack.toString());
            const story = await PodStory.begin(kube());
            const ended = await house.must("up");
            await eventually("the story is over", () => story.lines.at(-1)?.endsWith(" is ready"));
            return { story: story.end(), did: done(ended), summary: summary(ended) };
        }

        /** Both serve, each on a host and with the disks of its own. */
        async function expectWhole(): Promise<void> {
            assert.deepEqual(await endpointsOf(kube()), { "jellyfin-0": true, "jellyfin-1": true });
            assert.deepEqual(faultsOf([...(await podsOf(kube(), "jellyfin")).values()], await nodesOf(kube())), []);
            assert.deepEqual(await volumesOf(kube()), volumes);
        }

        it("gets a patch in its last pod first with a canary, and in the other once that is no canary any more", async () => {
            const image = { repository: REPOSITORY, tag: "10.11.12-1" };
            const canary = await up({ image, canary: true });
            assert.deepEqual(canary.story, [
                "jellyfin-1 is gone",
                "jellyfin-1 comes with 10.11.12-1",
                "jellyfin-1 is ready",
            ]);
            await expectWhole();
            const rest = await up({ canary: undefined });
            assert.deepEqual(rest.story, [
                "jellyfin-0 is gone",
                "jellyfin-0 comes with 10.11.12-1",
                "jellyfin-0 is ready",
            ]);
            await expectWhole();
        });

        it("gets a patch by its tag alone: one pod after the other, and nothing else", async () => {
            const seen = await up({ image: { repository: REPOSITORY, tag: "10.11.13-1" } });
            assert.deepEqual(seen.story, [
                "jellyfin-1 is gone",
                "jellyfin-1 comes with 10.11.13-1",
                "jellyfin-1 is ready",
                "jellyfin-0 is gone",
                "jellyfin-0 comes with 10.11.13-1",
                "jellyfin-0 is ready",
            ]);
            assert.deepEqual(seen.did, ["updated jellyfin-web-statefulset"]);
            assert.equal(seen.summary, `~ 1 updated, ${house.resources().length} unchanged`);
            await expectWhole();
        });

        it("gets a release with other tables in one pod, once the second has ended", async () => {
            const image = { repository: REPOSITORY, tag: "12.0.0-1" };
            const seen = await up({ image, upgradeFrom: "10.11.13", replicas: 1 });
            assert.deepEqual(seen.story, [
                "jellyfin-1 is gone",
                "jellyfin-0 is gone",
                "jellyfin-0 comes with 12.0.0-1",
                "jellyfin-0 is ready",
            ]);
            assert.deepEqual(await endpointsOf(kube()), { "jellyfin-0": true });
            assert.deepEqual(await volumesOf(kube()), volumes);
            assert.deepEqual(seen.did, [
                "deleted jellyfin-web-budget",
                "replaced jellyfin-settings-job-job",
                "updated jellyfin-exposure-retry",
                "updated jellyfin-web-statefulset",
            ]);
            // Two components more, which no line tells of: they say how many pods they have.
            assert.match(seen.summary, /^~ 4 updated, - 1 deleted, \+-1 replaced, 6 changes\./);
        });

        it("gets its second pod back with its disks, and only then starts the first without the word for the upgrade", async () => {
            const seen = await up({ upgradeFrom: undefined, replicas: 2 });
            assert.deepEqual(seen.story, [
                "jellyfin-1 comes with 12.0.0-1",
                "jellyfin-1 is ready",
                "jellyfin-0 is gone",
                "jellyfin-0 comes with 12.0.0-1",
                "jellyfin-0 is ready",
            ]);
            assert.deepEqual(seen.did, [
                "created jellyfin-web-budget",
                "replaced jellyfin-settings-job-job",
                "updated jellyfin-exposure-retry",
                "updated jellyfin-web-statefulset",
            ]);
            assert.match(seen.summary, /^\+ 1 created, ~ 4 updated, \+-1 replaced, 6 changes\./);
            await expectWhole();
        });
    });
}
