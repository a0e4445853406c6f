import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { KubeClient } from "../../../lab/kube/client";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { imageOf, podsOf, timesOf, volumesOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { OTHER_JELLYFIN } from "../../../lab/images/catalogue";
import { TEST_PICTURE } from "../../../lab/images/programs/jellyfin/library/library";
import { makeKey, makeUser } from "./house-people";
import { arriveAt, Person, type Login } from "./person";
import { jellyfinOf } from "./server-process";
import { cookieOf, visit, Visitor, type Door } from "./visitor";
import { Viewer } from "./viewer";

/** A stream goes on within this, milliseconds; what a player has in its buffer covers it. */
const STREAM_GAP_MS = 5_000;
/** Longest time without an answer that needs the database while that is started anew, milliseconds. */
const DATABASE_GAP_MS = 20_000;
/** A pod that is taken away is back within this, milliseconds. */
const BACK_MS = 30_000;
const PAUSE_MS = 250;
/** A pod reads logins at its start: one that is newer it does not know when somebody is moved there. */
const ONLY_THE_LOST = { lost: 1, other: 0, old: 0 };
/** Of those in a roll who were on the first pod, which moves them twice. */
const LOGINS_IN_A_ROLL = 2;

/** What a failover test needs of the house that it is in. */
export interface Surroundings {
    readonly house: TestHouse;
    /** Where the ingress answers. */
    readonly door: Door;
    readonly kube: () => KubeClient;
    /** Waits until both pods of Jellyfin and its database are ready. */
    readonly whole: () => Promise<unknown>;
}

/** Breaks what Jellyfin consists of, part by part, and asks of the people in front of it what they noticed. */
export function describeFailover({ house, door, kube, whole }: Surroundings): void {
    describe("when a part of Jellyfin fails", () => {
        let key: string;
        /** A login that both pods have read. */
        let old: Login;

        before(async () => {
            key = await makeKey(house);
            await makeUser(house);
            ({ login: old } = await arriveAt(door, "jellyfin-0"));
            const { code, output } = await house.shell("kubectl --namespace jellyfin delete pod jellyfin-1");
            assert.equal(code, 0, output);
            await whole();
        });

        /** People who are logged in: with a login of today at the pod that is lost, with one at the other, with an old one. */
        async function peopleOf(pod: string) {
            const lost = await arriveAt(door, pod);
            const other = await arriveAt(door, pod === "jellyfin-0" ? "jellyfin-1" : "jellyfin-0");
            return {
                lost: new Person(door, lost),
                other: new Person(door, other),
                old: new Person(door, { cookie: lost.cookie, login: old }),
            };
        }

        /** A visitor, a viewer and people of one pod while something happens to it. */
        async function during(pod: string, happens: () => Promise<void>) {
            const cookie = await cookieOf(door, pod);
            const people = await peopleOf(pod);
            const visitor = new Visitor(door, cookie);
            const viewer = new Viewer(
                door,
                cookie,
                `/Videos/${TEST_PICTURE}`,
                `api_key=${key}&playSessionId=${randomUUID()}`,
            );
            try {
                await eventually("the film runs", async () => viewer.pieces.length >= 3);
                await eventually("all are served", () => Object.values(people).every(({ pods }) => pods.length === 1));
                const began = performance.now();
                await happens();
                await whole();
                const [wholeMs, wholeAt] = [Math.round(performance.now() - began), Date.now()];
                // Both pods are ready; a visitor who was moved stays where they are.
                await pause(2_000);
                await eventually("the film goes on", () => (viewer.pieces.at(-1)?.at ?? 0) > wholeAt);
                return { visitor, viewer, people, wholeMs };
            } finally {
                await Promise.all([visitor, viewer, ...Object.values(people)].map((one) => one.leave()));
            }
        }

        /** No visit failed, and the film did not stop. */
        function unnoticed({ visitor, viewer, people }: Awaited<ReturnType<typeof during>>): void {
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits, the longest ${visitor.worstMs} ms`);
            const stalls = JSON.stringify(viewer.pieces.filter(({ waitMs }) => waitMs > 1_000));
            assert.ok(viewer.longestWaitMs < STREAM_GAP_MS, `${viewer.longestWaitMs} ms: ${stalls}`);
            for (const [name, { bad, answers }] of Object.entries(people))
                assert.deepEqual(bad, [], `${name}: of ${answers.length} requests of people who are logged in`);
        }

        /** How often each was told to log in again. */
        function loginsOf({ people }: Awaited<ReturnType<typeof during>>) {
            return { lost: people.lost.logins, other: people.other.logins, old: people.old.logins };
        }

        function moved({ viewer }: Awaited<ReturnType<typeof during>>, lost: string): void {
            assert.equal(viewer.pieces[0]?.pod, lost);
            assert.notEqual(viewer.pieces.at(-1)?.pod, lost, "the stream moved to the other pod");
        }

        it("takes its visitors and their film to the other pod when one crashes, which asks once for a login that it has not read", async () => {
            const seen = await during("jellyfin-1", async () => {
                process.kill(jellyfinOf("jellyfin-1"), "SIGKILL");
                await eventually("the crash is noticed", async () => !(await readyOf(kube(), "jellyfin-1")));
            });
            unnoticed(seen);
            moved(seen, "jellyfin-1");
            assert.deepEqual(loginsOf(seen), ONLY_THE_LOST);
        });

        it("does the same when a pod is taken away by force, and has another one soon, on the same disks", async () => {
            const [before, volumes] = [(await podsOf(kube(), "jellyfin")).get("jellyfin-0"), await volumesOf(kube())];
            const seen = await during("jellyfin-0", async () => {
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin delete pod jellyfin-0 --grace-period=0 --force",
                );
                assert.equal(code, 0, output);
            });
            console.log(`      taken away: both are ready again after ${seen.wholeMs} ms`);
            unnoticed(seen);
            moved(seen, "jellyfin-0");
            assert.deepEqual(loginsOf(seen), ONLY_THE_LOST);
            assert.notEqual((await podsOf(kube(), "jellyfin")).get("jellyfin-0")?.uid, before?.uid);
            assert.ok(seen.wholeMs < BACK_MS, `${seen.wholeMs} ms`);
            assert.deepEqual(await volumesOf(kube()), volumes);
        });

        /** Replaces both pods, by what a person would write. */
        const roll = async (command: string): Promise<void> => {
            const seen = await during("jellyfin-1", async () => {
                const { code, output } = await house.shell(
                    `kubectl --namespace jellyfin ${command} && kubectl --namespace jellyfin rollout status statefulset jellyfin --timeout 200s`,
                );
                assert.equal(code, 0, output);
                const [zero, one] = [await timesOf(kube(), "jellyfin-0"), await timesOf(kube(), "jellyfin-1")];
                assert.ok(zero.created >= one.readySince, "the first one waits until the second one is ready");
            });
            unnoticed(seen);
            const { lost, ...others } = loginsOf(seen);
            console.log(`      rolled out: ${lost} logins of who was on ${seen.people.lost.pods.join(", then ")}`);
            assert.ok(lost <= LOGINS_IN_A_ROLL, `${lost} logins`);
            // The new pod has read theirs when they are moved there.
            assert.deepEqual(others, { other: 0, old: 0 });
        };
        let images: Awaited<ReturnType<typeof imagesOf>>;

        it("rolls out another image, one pod after the other, without a failed request", async () => {
            images = await imagesOf(kube());
            const changed = ["prepare", "jellyfin", "keep-settings"].map((name) => `${name}=${OTHER_JELLYFIN}`);
            await roll(`set image statefulset jellyfin ${changed.join(" ")}`);
            assert.deepEqual(await imagesOf(kube()), {
                "jellyfin-0": OTHER_JELLYFIN,
                "jellyfin-1": OTHER_JELLYFIN,
            });
        });

        it("goes back to the image that it had in the same way", async () => {
            await roll("rollout undo statefulset jellyfin");
            assert.deepEqual(await imagesOf(kube()), images);
        });

        it("serves on while PostgreSQL is killed, and what needs it is back soon", async () => {
            const arrival = await arriveAt(door, "jellyfin-1");
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"));
            const needy = new Person(door, arrival);
            let gap = Infinity;
            try {
                await eventually("who is logged in is served", async () => needy.answers.at(-1)?.status === 200);
                const killed = performance.now();
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin delete pod jellyfin-postgres-0 --grace-period=0 --force",
                );
                assert.equal(code, 0, output);
                await eventually("the loss is noticed", async () => needy.answers.some(({ status }) => status !== 200));
                await eventually("they are served again", async () => needy.answers.at(-1)?.status === 200);
                gap = performance.now() - killed;
                await whole();
            } finally {
                await Promise.all([visitor.leave(), needy.leave()]);
            }
            // Each answer of theirs is an error meanwhile, by which the ingress takes their pod for dead.
            console.log(
                `      without PostgreSQL for ${Math.round(gap)} ms: ${needy.bad.length} requests failed, ${needy.logins} logins of who was on ${needy.pods.join(", then ")}`,
            );
            assert.ok(gap < DATABASE_GAP_MS, `${Math.round(gap)} ms`);
            assert.deepEqual(visitor.bad, []);
            const pods = await podsOf(kube(), "jellyfin");
            assert.deepEqual(
                [...pods.values()].map(({ ready }) => ready),
                [true, true],
            );
        });

        it("takes no other pod with it when Redis is killed, which its image does not use", async () => {
            const before = await podsOf(kube(), "jellyfin");
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"), PAUSE_MS, `/Items?api_key=${key}`);
            try {
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin delete pod --selector app.kubernetes.io/component=cache --grace-period=0 --force && kubectl --namespace jellyfin rollout status deployment jellyfin-redis --timeout 60s",
                );
                assert.equal(code, 0, output);
            } finally {
                await visitor.leave();
            }
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits`);
            assert.equal((await visit(door)).status, 200);
            assert.deepEqual(await podsOf(kube(), "jellyfin"), before);
        });

        itServesAllTheTime(kube);
    });
}

async function readyOf(kube: KubeClient, pod: string): Promise<boolean> {
    return (await podsOf(kube, "jellyfin")).get(pod)?.ready === true;
}

/** Image of the server in each pod. */
async function imagesOf(kube: KubeClient): Promise<Readonly<Record<string, string>>> {
    const names = ["jellyfin-0", "jellyfin-1"];
    const images = names.map(async (name) => {
        const pod: unknown = await kube.get(`/api/v1/namespaces/jellyfin/pods/${name}`);
        return [name, imageOf(pod, "jellyfin")] as const;
    });
    return Object.fromEntries(await Promise.all(images));
}
