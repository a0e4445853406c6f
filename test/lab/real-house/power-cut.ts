import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { TEST_PICTURE } from "../../../lab/images/programs/jellyfin/library/library";
import { eventually } from "../../support/eventually";
import { endpointsOf, nodesOf, podsOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { keepDatabaseOff } from "./database-place";
import type { Surroundings } from "./failover";
import { makeKey } from "./house-people";
import { encodersOf } from "./server-process";
import { Viewer } from "./viewer";
import { cookieOf, Visitor } from "./visitor";

/** Answers of more than this a person takes for an outage, milliseconds. */
const NOTICED_MS = 3_000;
/** Until Longhorn's policy lets a lost pod go: after the eviction, and a minute of Kubernetes' own. */
const MOVED_MS = 420_000;
/** When a player gives up a piece of which nothing has come, milliseconds: what hls.js, the player in browsers, has by default. */
const PLAYER_PATIENCE_MS = 10_000;
/**
 * Longest wait for a piece of which a player asked the lost pod, milliseconds: its patience, a new encoder elsewhere, and the
 * name of the database, where the pod of the cluster's DNS that is asked for it was lost as well.
 */
const FILM_GAP_MS = 90_000;
/** No encoder that runs lets a player wait for as long as this, milliseconds. */
const HELD_MS = 3_000;

/** Pulls the cord of the machine of either pod of Jellyfin, while people visit both. */
export function describePowerCut(surroundings: Surroundings): void {
    const { house, door, kube, whole } = surroundings;
    describe("when the cord of a machine is pulled", () => {
        /**
         * Visits of both pods while the machine of one is off.
         * @param meanwhile once the machine counts as lost; gets its name, and the visitor of its pod
         * @param before the last moment before
         */
        async function cut(
            pod: string,
            kept: string,
            meanwhile: (lost: string, pinned: Visitor) => Promise<unknown>,
            before: () => Promise<void> = async () => {},
        ) {
            const lost = (await podsOf(kube(), "jellyfin")).get(pod)?.node ?? "";
            // The ingress is two pods for its own sake: a visit that meets the dead one waits for the next try.
            const ingress = "--namespace kube-system --selector app.kubernetes.io/name=traefik";
            const away = await house.shell(`kubectl cordon ${lost}
                kubectl delete pod ${ingress} --field-selector spec.nodeName=${lost}
                kubectl rollout status deployment traefik --namespace kube-system --timeout 60s
                kubectl uncordon ${lost}`);
            assert.equal(away.code, 0, away.output);
            const [pinned, safe] = [
                new Visitor(door, await cookieOf(door, pod)),
                new Visitor(door, await cookieOf(door, kept)),
            ];
            try {
                await before();
                await house.must("power", lost, "off");
                await eventually(`${lost} counts as lost`, async () => !(await nodesOf(kube())).get(lost)?.ready);
                await meanwhile(lost, pinned);
            } finally {
                await Promise.all([pinned.leave(), safe.leave()]);
            }
            assert.ok(
                pinned.answers.some((answer) => answer.pod === kept),
                "its visitor was moved",
            );
            // The database may have been on the same machine.
            for (const visitor of [pinned, safe]) assert.ok(visitor.worstMs < NOTICED_MS, `${visitor.worstMs} ms`);
            for (const { bad, answers } of [safe, pinned]) assert.deepEqual(bad, [], `of ${answers.length} visits`);
            return lost;
        }

        const isBack = (node: string) =>
            eventually(`${node} is back`, async () => (await nodesOf(kube())).get(node)?.ready === true);

        /** Has somebody wait for a piece of their film that its encoder in this pod does not finish. */
        async function hold(viewer: Viewer, pod: string): Promise<void> {
            await eventually("the film runs", () => viewer.pieces.length >= 3);
            const encoders = encodersOf(pod);
            assert.notDeepEqual(encoders, []);
            for (const encoder of encoders) process.kill(encoder, "SIGSTOP");
            await eventually("a piece is waited for", () => viewer.waitingMs > HELD_MS);
        }

        it("serves the visitors of the other pod as before, moves those of the lost one and their film, then the pod itself", async () => {
            await keepDatabaseOff((await podsOf(kube(), "jellyfin")).get("jellyfin-1")?.node ?? "", surroundings);
            const key = await makeKey(house);
            let viewer: Viewer | undefined;
            const moved = async () => {
                const goesOn = () => viewer?.pieces.at(-1)?.pod === "jellyfin-0";
                await eventually("the film goes on", goesOn, FILM_GAP_MS);
                await viewer?.leave();
            };
            // With its disks.
            const podIsElsewhere = (lost: string) =>
                eventually(
                    "the lost pod is on another host",
                    async () => {
                        const pod = (await podsOf(kube(), "jellyfin")).get("jellyfin-1");
                        return pod?.ready === true && pod.node !== lost;
                    },
                    MOVED_MS,
                );
            const lost = await cut(
                "jellyfin-1",
                "jellyfin-0",
                async (machine) => {
                    await moved();
                    await podIsElsewhere(machine);
                },
                async () => {
                    const query = `api_key=${key}&playSessionId=${randomUUID()}`;
                    const cookie = await cookieOf(door, "jellyfin-1");
                    viewer = new Viewer(door, cookie, `/Videos/${TEST_PICTURE}`, query, {
                        patienceMs: PLAYER_PATIENCE_MS,
                    });
                    await hold(viewer, "jellyfin-1");
                },
            ).finally(() => viewer?.leave());
            const slowest = viewer?.pieces.toSorted((one, other) => other.waitMs - one.waitMs)[0];
            console.log(`      a piece that was asked of the lost pod: ${JSON.stringify(slowest)}`);
            assert.ok(viewer !== undefined && viewer.longestWaitMs < FILM_GAP_MS, `${viewer?.longestWaitMs ?? 0} ms`);
            await house.must("power", lost, "on");
            await isBack(lost);
            await house.must("preview", "--expect-no-changes");
        });

        it("does the same with the other pod's machine, and goes on with its pod when the power is soon back", async () => {
            await whole();
            await cut("jellyfin-0", "jellyfin-1", async (lost, pinned) => {
                await eventually("its visitor is moved", () => pinned.answers.at(-1)?.pod === "jellyfin-1");
                await eventually(
                    "nobody else is sent there",
                    async () => (await endpointsOf(kube()))["jellyfin-0"] === false,
                );
                await house.must("power", lost, "on");
                await isBack(lost);
                await whole();
            });
        });

        itServesAllTheTime(kube);
    });
}
