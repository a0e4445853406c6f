import { strict as assert } from "node:assert";
import { podsOf, volumesOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { keepDatabaseOff } from "./database-place";
import type { Surroundings } from "./failover";
import { makeUser } from "./house-people";
import { arriveAt, Person } from "./person";
import { cookieOf, Visitor } from "./visitor";

/** A pod that a drain moves is ready on its new host within this, milliseconds; ten seconds of it it serves on. */
const MOVED_MS = 45_000;
const AGENTS = ["k3s-agent-1", "k3s-agent-2", "k3s-agent-3"].join(" ");

/** Drains the machines of Jellyfin's pods, as before an upgrade of their hosts. */
export function describeDrain(surroundings: Surroundings): void {
    const { house, door, kube, whole } = surroundings;
    describe("when a machine is drained", () => {
        before(() => makeUser(house));

        for (const [drained, kept] of [
            ["jellyfin-1", "jellyfin-0"],
            ["jellyfin-0", "jellyfin-1"],
        ] as const)
            it(`serves on without a failed request, asks for the logins of that pod once, and ${drained} goes to the third host with its disks`, async () => {
                const node = (await podsOf(kube(), "jellyfin")).get(drained)?.node ?? "";
                const volumes = await volumesOf(kube());
                await keepDatabaseOff(node, surroundings);
                const arrivals = [await arriveAt(door, drained), await arriveAt(door, kept)];
                const visitor = new Visitor(door, await cookieOf(door, drained));
                const people = arrivals.map((arrival) => new Person(door, arrival));
                const began = performance.now();
                try {
                    const drain = await house.shell(
                        `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout 120s`,
                    );
                    assert.equal(drain.code, 0, drain.output);
                    await whole();
                } finally {
                    await Promise.all([visitor, ...people].map((one) => one.leave()));
                }
                const movedMs = Math.round(performance.now() - began);
                console.log(`      drained: both are ready again after ${movedMs} ms`);
                const { bad, answers, worstMs } = visitor;
                assert.deepEqual(bad, [], `of ${answers.length} visits, the longest ${worstMs} ms`);
                assert.equal(answers.at(-1)?.pod, kept);
                assert.deepEqual(
                    people.map(({ bad, pods, logins }) => ({ bad, pods, logins })),
                    [
                        // Their login is newer than the pod that they come to.
                        { bad: [], pods: [drained, kept], logins: 1 },
                        { bad: [], pods: [kept], logins: 0 },
                    ],
                );
                assert.notEqual((await podsOf(kube(), "jellyfin")).get(drained)?.node, node);
                assert.deepEqual(await volumesOf(kube()), volumes);
                assert.ok(movedMs < MOVED_MS, `${movedMs} ms`);
                await house.shell(`kubectl uncordon ${node}`);
            });

        it("is told to wait where the disruption budget allows no further pod to go", async () => {
            const pods = await podsOf(kube(), "jellyfin");
            const [one, other] = [pods.get("jellyfin-0")?.node ?? "", pods.get("jellyfin-1")?.node ?? ""];
            await house.shell(`kubectl cordon ${AGENTS}; kubectl --namespace jellyfin delete pod jellyfin-1`);
            const drain = await house.shell(
                `kubectl drain ${one} --ignore-daemonsets --delete-emptydir-data --timeout 10s --pod-selector app.kubernetes.io/name=jellyfin,app.kubernetes.io/component=web`,
            );
            assert.notEqual(drain.code, 0);
            assert.match(drain.output, /would violate the pod's disruption budget/);
            assert.equal((await podsOf(kube(), "jellyfin")).get("jellyfin-0")?.ready, true);
            await house.shell(`kubectl uncordon ${AGENTS}`);
            assert.notEqual(other, one);
            await whole();
        });

        itServesAllTheTime(kube);
    });
}
