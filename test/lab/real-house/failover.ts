import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { KubeClient } from "../../../lab/kube/client";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { nodesOf, podsOf } from "../house/cluster-view";
import { TEST_PICTURE } from "../../../lab/images/programs/jellyfin/library/library";
import { cookieOf, visit, Visitor, type Door } from "./visitor";
import { Viewer } from "./viewer";

/** A stream goes on within this, milliseconds; what a player has in its buffer covers it. */
const STREAM_GAP_MS = 5_000;
/** Longest time without an answer that needs the database while that is started anew, milliseconds. */
const DATABASE_GAP_MS = 20_000;
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
        let replicas: Replicas | undefined;

        before(async () => {
            // A key is looked up at every request, a login only at a server's start: it shows what the house loses,
            // not what Jellyfin forgets.
            const insert = `INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($$test$$, $$${key}$$, now(), now())`;
            const { code, output } = await house.shell(
                `kubectl --namespace jellyfin exec jellyfin-postgres-0 -- psql --username=postgres jellyfin --command='${insert}'`,
            );
            assert.equal(code, 0, output);
            replicas = new Replicas(kube());
        });
        after(() => replicas?.leave());

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
            await eventually("the film runs", async () => viewer.pieces.length >= 3);
            await happens();
            await whole();
            // Both pods are ready; a visitor who was moved stays where they are.
            await pause(2_000);
            await Promise.all([visitor.leave(), viewer.leave()]);
            return { visitor, viewer };
        }

        function unnoticed({ visitor, viewer }: Awaited<ReturnType<typeof during>>, lost: string): void {
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits, the longest ${visitor.worstMs} ms`);
            const stalls = JSON.stringify(viewer.pieces.filter(({ waitMs }) => waitMs > 1_000));
            assert.ok(viewer.longestWaitMs < STREAM_GAP_MS, stalls);
            assert.equal(viewer.pieces[0]?.pod, lost);
            assert.notEqual(viewer.pieces.at(-1)?.pod, lost, "the stream moved to the other pod");
        }

        it("takes its visitors and their film to the other pod when one crashes", async () => {
            const seen = await during("jellyfin-1", async () => {
                process.kill(serverOf("jellyfin-1"), "SIGKILL");
                await eventually("the crash is noticed", async () => !(await readyOf(kube(), "jellyfin-1")));
            });
            unnoticed(seen, "jellyfin-1");
        });

        it("does the same when a pod is taken away by force", async () => {
            const seen = await during("jellyfin-0", async () => {
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin delete pod jellyfin-0 --grace-period=0 --force",
                );
                assert.equal(code, 0, output);
            });
            unnoticed(seen, "jellyfin-0");
        });

        it("replaces both pods, one after the other, without a failed request", async () => {
            const seen = await during("jellyfin-1", async () => {
                const { code, output } = await house.shell(
                    "kubectl --namespace jellyfin rollout restart statefulset jellyfin && kubectl --namespace jellyfin rollout status statefulset jellyfin --timeout 200s",
                );
                assert.equal(code, 0, output);
            });
            assert.deepEqual(seen.visitor.bad, [], `of ${seen.visitor.answers.length} visits`);
            assert.ok(seen.viewer.longestWaitMs < STREAM_GAP_MS, `${seen.viewer.longestWaitMs} ms`);
        });

        it("serves on while PostgreSQL is killed, and what needs it is back soon", async () => {
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"));
            const needy = new Visitor(door, await cookieOf(door, "jellyfin-1"), PAUSE_MS, `/Items?api_key=${key}`);
            await eventually("items are listed", async () => needy.answers.at(-1)?.status === 200);
            const killed = performance.now();
            const { code, output } = await house.shell(
                "kubectl --namespace jellyfin delete pod jellyfin-postgres-0 --grace-period=0 --force",
            );
            assert.equal(code, 0, output);
            await eventually("the loss is noticed", async () => needy.answers.some(({ status }) => status !== 200));
            await eventually("items are listed again", async () => needy.answers.at(-1)?.status === 200);
            const gap = performance.now() - killed;
            await whole();
            await Promise.all([visitor.leave(), needy.leave()]);
            assert.ok(gap < DATABASE_GAP_MS, `${Math.round(gap)} ms`);
            assert.deepEqual(visitor.bad, []);
            const pods = await podsOf(kube(), "jellyfin");
            assert.deepEqual(
                [...pods.values()].map(({ ready }) => ready),
                [true, true],
            );
        });

        it("does not notice that Redis is killed, which its image does not use", async () => {
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"), PAUSE_MS, `/Items?api_key=${key}`);
            const { code, output } = await house.shell(
                "kubectl --namespace jellyfin delete pod --selector app.kubernetes.io/component=cache --grace-period=0 --force && kubectl --namespace jellyfin rollout status deployment jellyfin-redis --timeout 60s",
            );
            assert.equal(code, 0, output);
            await visitor.leave();
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits`);
            assert.equal((await visit(door)).status, 200);
        });

        it("had a pod that serves at every moment, and never both on one host", () => {
            assert.ok(replicas !== undefined && replicas.looks > 20, `${replicas?.looks ?? 0} looks`);
            assert.deepEqual(replicas.faults, []);
        });
    });
}

async function readyOf(kube: KubeClient, pod: string): Promise<boolean> {
    return (await podsOf(kube, "jellyfin")).get(pod)?.ready === true;
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

/** Looks at the pods of Jellyfin all the time. */
class Replicas {
    looks = 0;
    /** What must never be, with the time since the first look. */
    readonly faults: string[] = [];
    private going = true;
    private readonly end: Promise<void>;

    constructor(private readonly kube: KubeClient) {
        this.end = this.watch();
    }

    async leave(): Promise<void> {
        this.going = false;
        await this.end;
    }

    private async watch(): Promise<void> {
        const began = performance.now();
        while (this.going) {
            const [pods, nodes] = [await podsOf(this.kube, "jellyfin"), await nodesOf(this.kube)];
            const at = `${Math.round(performance.now() - began)} ms`;
            const hosts = [...pods.values()].flatMap(({ node }) => nodes.get(node)?.zone ?? []);
            if (![...pods.values()].some(({ ready }) => ready)) this.faults.push(`${at}: no pod is ready`);
            if (new Set(hosts).size < hosts.length) this.faults.push(`${at}: two on ${hosts.join(", ")}`);
            this.looks++;
            await pause(PAUSE_MS);
        }
    }
}
