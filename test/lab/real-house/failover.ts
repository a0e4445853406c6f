import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { KubeClient } from "../../../lab/kube/client";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { imageOf, podsOf, timesOf, volumesOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { OTHER_JELLYFIN } from "../../../lab/images/catalogue";
import { TEST_PICTURE } from "../../../lab/images/programs/jellyfin/library/library";
import { cookieOf, visit, Visitor, type Door } from "./visitor";
import { Viewer } from "./viewer";

/** A stream goes on within this, milliseconds; what a player has in its buffer covers it. */
const STREAM_GAP_MS = 5_000;
/** Longest time without an answer that needs the database while that is started anew, milliseconds. */
const DATABASE_GAP_MS = 20_000;
/** A pod that is taken away is back within this, milliseconds. */
const BACK_MS = 30_000;
const PAUSE_MS = 250;

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
        const key = randomUUID().replaceAll("-", "");

        before(async () => {
            // A key is looked up at every request, a login only at a server's start: it shows what the house loses,
            // not what Jellyfin forgets.
            const insert = `INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($$test$$, $$${key}$$, now(), now())`;
            const { code, output } = await house.shell(
                `kubectl --namespace jellyfin exec jellyfin-postgres-0 -- psql --username=postgres jellyfin --command='${insert}'`,
            );
            assert.equal(code, 0, output);
        });

        /** A visitor and a viewer of one pod while something happens to it. */
        async function during(pod: string, happens: () => Promise<void>) {
            const cookie = await cookieOf(door, pod);
            const visitor = new Visitor(door, cookie);
            const viewer = new Viewer(
                door,
                cookie,
                `/Videos/${TEST_PICTURE}`,
                `api_key=${key}&playSessionId=${randomUUID()}`,
            );
            try {
                await eventually("the film runs", async () => viewer.pieces.length >= 3);
                const began = performance.now();
                await happens();
                await whole();
                const [wholeMs, wholeAt] = [Math.round(performance.now() - began), Date.now()];
                // Both pods are ready; a visitor who was moved stays where they are.
                await pause(2_000);
                await eventually("the film goes on", () => (viewer.pieces.at(-1)?.at ?? 0) > wholeAt);
                return { visitor, viewer, wholeMs };
            } finally {
                await Promise.all([visitor.leave(), viewer.leave()]);
            }
        }

        /** No visit failed, and the film did not stop. */
        function unnoticed({ visitor, viewer }: Awaited<ReturnType<typeof during>>): void {
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits, the longest ${visitor.worstMs} ms`);
            const stalls = JSON.stringify(viewer.pieces.filter(({ waitMs }) => waitMs > 1_000));
            assert.ok(viewer.longestWaitMs < STREAM_GAP_MS, `${viewer.longestWaitMs} ms: ${stalls}`);
        }

        function moved({ viewer }: Awaited<ReturnType<typeof during>>, lost: string): void {
            assert.equal(viewer.pieces[0]?.pod, lost);
            assert.notEqual(viewer.pieces.at(-1)?.pod, lost, "the stream moved to the other pod");
        }

        it("takes its visitors and their film to the other pod when one crashes", async () => {
            const seen = await during("jellyfin-1", async () => {
                process.kill(serverOf("jellyfin-1"), "SIGKILL");
                await eventually("the crash is noticed", async () => !(await readyOf(kube(), "jellyfin-1")));
            });
            unnoticed(seen);
            moved(seen, "jellyfin-1");
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
            assert.notEqual((await podsOf(kube(), "jellyfin")).get("jellyfin-0")?.uid, before?.uid);
            assert.ok(seen.wholeMs < BACK_MS, `${seen.wholeMs} ms`);
            assert.deepEqual(await volumesOf(kube()), volumes);
        });

        /** Replaces both pods, by what a person would write. */
        const roll = (command: string) =>
            during("jellyfin-1", async () => {
                const { code, output } = await house.shell(
                    `kubectl --namespace jellyfin ${command} && kubectl --namespace jellyfin rollout status statefulset jellyfin --timeout 200s`,
                );
                assert.equal(code, 0, output);
                const [zero, one] = [await timesOf(kube(), "jellyfin-0"), await timesOf(kube(), "jellyfin-1")];
                assert.ok(zero.created >= one.readySince, "the first one waits until the second one is ready");
            });
        let images: Awaited<ReturnType<typeof imagesOf>>;

        it("rolls out another image, one pod after the other, without a failed request", async () => {
            images = await imagesOf(kube());
            const changed = ["prepare", "jellyfin", "keep-settings"].map((name) => `${name}=${OTHER_JELLYFIN}`);
            unnoticed(await roll(`set image statefulset jellyfin ${changed.join(" ")}`));
            assert.deepEqual(await imagesOf(kube()), {
                "jellyfin-0": OTHER_JELLYFIN,
                "jellyfin-1": OTHER_JELLYFIN,
            });
        });

        it("goes back to the image that it had in the same way", async () => {
            unnoticed(await roll("rollout undo statefulset jellyfin"));
            assert.deepEqual(await imagesOf(kube()), images);
        });

        it("serves on while PostgreSQL is killed, and what needs it is back soon", async () => {
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"));
            const needy = new Visitor(door, await cookieOf(door, "jellyfin-1"), PAUSE_MS, `/Items?api_key=${key}`);
            let gap = Infinity;
            try {
                await eventually("items are listed", async () => needy.answers.at(-1)?.status === 200);
                const killed = performance.now();
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin delete pod jellyfin-postgres-0 --grace-period=0 --force",
                );
                assert.equal(code, 0, output);
                await eventually("the loss is noticed", async () => needy.answers.some(({ status }) => status !== 200));
                await eventually("items are listed again", async () => needy.answers.at(-1)?.status === 200);
                gap = performance.now() - killed;
                await whole();
            } finally {
                await Promise.all([visitor.leave(), needy.leave()]);
            }
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

/** The server's process of a pod, as this machine sees it. */
function serverOf(pod: string): number {
    const found = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => environmentOf(pid).includes(`POD_NAME=${pod}`))
        .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes("server"));
    const [first] = found;
    if (first === undefined) throw new Error(`no process of ${pod} is running`);
    return first;
}

function environmentOf(pid: number): string[] {
    return textOf(`/proc/${pid}/environ`).split("\0");
}

function textOf(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        // It has ended meanwhile.
        return "";
    }
}
