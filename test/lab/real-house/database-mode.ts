import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import type { KubeClient } from "../../../lab/kube/client";
import { valueAt } from "../../../lab/plain-values";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { podsOf, volumesOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { writeDatabase } from "./cluster-house";
import { cookieOf, visit, Visitor, type Door } from "./visitor";
import { Writer } from "./writer";

const FILM = "11111111-2222-3333-4444-555555555555";
const ANNA = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const WATCHED = 12_345_678_901;
const OLD = "jellyfin-postgres-0";
/** Visits that need the database and fail when all its connections are ended, and when each pod is replaced. */
const CUT_OFF = 3;

interface Stage {
    readonly house: TestHouse;
    readonly stackFile: string;
    readonly door: Door;
    readonly kube: () => KubeClient;
    /** Waits until all servers of the cluster and both pods of Jellyfin are ready. */
    readonly whole: () => Promise<unknown>;
    /** Asks the server of the cluster that writes. */
    readonly sql: (
        query: string,
    ) => Promise<{ readonly stdout: string; readonly output: string; readonly code: number }>;
    /** Numbers of rows that the servers of later tests must have as well. */
    readonly promised: number[];
    /** Number of the first row to write. */
    readonly firstRow: number;
}

/** Changes who runs the database of a running house, by what docs/how-to/change-the-database-mode.md says and nothing else. */
export function describeModeChange({ house, stackFile, door, kube, whole, sql, promised, firstRow }: Stage): void {
    describe("when its database was a single server, in a house with a person who has watched half a film,", () => {
        const key = randomUUID().replaceAll("-", "");
        const inOld = (query: string, user = "postgres") =>
            house.shell(
                `kubectl --namespace jellyfin exec ${OLD} --container postgres -- psql --username=${user} --tuples-only --no-align jellyfin --command='${query}'`,
            );
        const must = async (ended: Promise<{ code: number; output: string; stdout: string }>) => {
            const { code, output, stdout } = await ended;
            assert.equal(code, 0, output);
            return stdout.trim();
        };
        /** Where a pod of Jellyfin has its database. */
        const serverOf = (pod: string) =>
            must(
                house.shell(`kubectl --namespace jellyfin exec ${pod} --container jellyfin -- printenv POSTGRES_HOST`),
            );
        const isThere = async (path: string) => {
            const found = await house.shell(
                `kubectl --namespace jellyfin get ${path} --ignore-not-found --output name`,
            );
            return (await must(Promise.resolve(found))) !== "";
        };
        const FILM_ADDRESS = `/Items/${FILM}?api_key=${key}`;
        let claims: Awaited<ReturnType<typeof volumesOf>>;

        before(async () => {
            await must(
                inOld(`SET ROLE jellyfin;
                INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($$half a film$$, $$${key}$$, now(), now());
                INSERT INTO "Users" ("Id", "Username") VALUES ($$${ANNA}$$, $$anna$$);
                INSERT INTO "BaseItems" ("Id", "Type", "Name", "IsFolder", "RunTimeTicks") VALUES ($$${FILM}$$, $$Video$$, $$The film$$, false, 60000000000);
                INSERT INTO "UserData" VALUES ($$${FILM}$$, $$${ANNA}$$, $$${FILM}$$, ${WATCHED}, now())`),
            );
            claims = await volumesOf(kube());
        });

        it("refuses a change of the mode alone before it touches anything, and names the line to write", async () => {
            writeDatabase(stackFile, { mode: "ha" });
            const { code, output } = await house.lab("up");
            assert.notEqual(code, 0, output);
            assert.match(
                output,
                /database\.mode: is ha, and the data is in single .*write moveFrom: single.*Nothing was changed/,
            );
            assert.equal(await serverOf("jellyfin-0"), "jellyfin-postgres.jellyfin.svc");
            assert.equal(await isThere("statefulset/jellyfin-postgres"), true);
            assert.equal(await isThere("namespace/cnpg-system"), false);
        });

        it("moves by one more line and one up, while people watch, and nobody is turned away", async () => {
            writeDatabase(stackFile, { mode: "ha", moveFrom: "single" });
            const writer = new Writer(house.paths.kubeconfig, "jellyfin-1", firstRow);
            const visitor = new Visitor(door, await cookieOf(door, "jellyfin-0"));
            const needy = new Visitor(door, await cookieOf(door, "jellyfin-0"), 250, FILM_ADDRESS);
            let seconds = 0;
            try {
                await eventually("rows are written", () => writer.promised.length > 10);
                const began = performance.now();
                await house.must("up");
                seconds = Math.round((performance.now() - began) / 1_000);
                await whole();
            } finally {
                await Promise.all([visitor.leave(), needy.leave(), writer.leave()]);
            }
            promised.push(...writer.promised);
            console.log(
                `      moved in ${seconds} s: ${visitor.bad.length} of ${visitor.answers.length} visits failed, and of those that need the database ${needy.bad.length} of ${needy.answers.length}`,
            );
            assert.deepEqual(visitor.bad, [], `of ${visitor.answers.length} visits, the longest ${visitor.worstMs} ms`);
            assert.ok(needy.bad.length <= CUT_OFF, JSON.stringify(needy.bad));
        });

        it("has on all three servers what was written until then, and Jellyfin there", async () => {
            const instances = [...(await podsOf(kube(), "jellyfin-postgres-ha")).keys()].filter((name) =>
                /-\d+$/.test(name),
            );
            assert.equal(instances.length, 3);
            const asked =
                'SELECT count(*), sum(number) FROM notes; SELECT sum("PlaybackPositionTicks") FROM "UserData"';
            const sum = promised.reduce((total, number) => total + number, 0);
            for (const instance of instances) {
                const answer = await must(
                    house.shell(
                        `kubectl --namespace jellyfin exec ${instance} --container postgres -- psql --tuples-only --no-align jellyfin --command='${asked}'`,
                    ),
                );
                const [count = 0, total = 0, ticks] = answer.split(/[|\n]/).map(Number);
                // One more than was promised may have been kept: nobody heard the answer.
                assert.ok(
                    count >= promised.length && total >= sum,
                    `${instance}: ${answer} of ${promised.length} rows`,
                );
                assert.equal(ticks, WATCHED, instance);
            }
            for (const pod of ["jellyfin-0", "jellyfin-1"])
                assert.equal(await serverOf(pod), "jellyfin-postgres-ha-rw.jellyfin.svc");
            assert.equal((await visit(door, "", FILM_ADDRESS)).status, 200);
            const noted = await sql(
                "SELECT shobj_description(oid, $$pg_database$$) FROM pg_database WHERE datname = $$jellyfin$$",
            );
            assert.equal(noted.stdout.trim(), "homelab: moved from single", noted.output);
        });

        it("keeps the old server with all that it had, where nobody can write any more", async () => {
            assert.equal(await must(inOld('SELECT "PlaybackPositionTicks" FROM "UserData"')), String(WATCHED));
            const refused = await inOld('DELETE FROM "UserData"');
            assert.notEqual(refused.code, 0);
            assert.match(refused.output, /cannot execute DELETE in a read-only transaction/);
        });

        it("finds nothing to change afterwards", async () => {
            await house.must("preview", "--expect-no-changes");
        });

        it("lets the old server go when the line is taken out, and keeps its volume until a person removes it", async () => {
            writeDatabase(stackFile, { moveFrom: undefined });
            await house.must("up");
            assert.equal(await isThere("statefulset/jellyfin-postgres"), false);
            const [claim, volume] = ["data-jellyfin-postgres-0", claims["data-jellyfin-postgres-0"] ?? ""];
            assert.equal((await volumesOf(kube()))[claim], volume);
            await must(house.shell(`kubectl --namespace jellyfin delete persistentvolumeclaim ${claim}`));
            const kept = await kube().get(`/api/v1/persistentvolumes/${volume}`);
            assert.equal(valueAt(kept, "spec.persistentVolumeReclaimPolicy"), "Retain");
            await whole();
            await house.must("preview", "--expect-no-changes");
        });

        itServesAllTheTime(kube);
    });
}
