import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { KubeClient } from "../../../lab/kube/client";
import { operators } from "../../../lab/operators";
import { isRecord, textOf, valueAt } from "../../../lab/plain-values";
import { ensureTools } from "../../../lab/toolchain/ensure";
import { eventually } from "../../support/eventually";
import { TestHouse } from "../../support/house";
import { nodesOf, podsOf, type PodView } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import { writeClusterHouse } from "./cluster-house";
import { describeModeChange } from "./database-mode";
import { serverOf } from "./server-process";
import { cookieOf, Visitor, type Door } from "./visitor";
import { gapsOf, writeWhile, type Writer } from "./writer";
import { removeFolder } from "../../support/scratch-folder";

const SLOT = 75;
const NODE_GRACE_SECONDS = 20;
const CLUSTER = "jellyfin-postgres-ha";
/** How many standbys get what is written. */
const FOLLOWING = "SELECT count(*) FROM pg_stat_replication WHERE state = $$streaming$$";
/**
 * Longest time without a promise to a client that writes while a server is killed, milliseconds. The goal is ten seconds; a
 * machine that has other work takes longer for the ten programs that are started in them.
 */
const SERVER_GAP_MS = 30_000;
/**
 * The same when its host dies, of which nothing is heard: until the node counts as lost, and then the operator asks the dead server
 * first, for up to 30 seconds where it has kept a connection to it.
 */
const HOST_GAP_MS = (NODE_GRACE_SECONDS + 5) * 1_000 + SERVER_GAP_MS + 40_000;
/** More than one writer gets done. */
const ROWS_OF_ONE = 100_000;
/** A whole house with its containers, servers one after the other. */
const UP_MS = 480_000;
/** Joins of standbys, each with a copy of the whole database, and starts of Jellyfin. */
const WHOLE_MS = 240_000;

describe("a house whose database is a cluster of three", function () {
    this.timeout(600_000);
    const stackFile = writeClusterHouse();
    const env = {
        LAB_NODES: "real",
        LAB_NODE_GRACE_SECONDS: String(NODE_GRACE_SECONDS),
        LAB_STACK_FILE: stackFile,
        // It gets the operator later; a lab would switch its machines off and on for that.
        LAB_OPERATORS: "cloudnative-pg",
    };
    const house = new TestHouse({ slot: SLOT, env, commandBudgetMs: UP_MS });
    const key = randomUUID().replaceAll("-", "");
    /** The way in at a machine, which is not to be one that is switched off. */
    const doorAt = (address: string): Door => ({
        address: house.address(address),
        // Known when the house is up.
        get authority() {
            return readFileSync(house.paths.houseAuthority, "utf8");
        },
    });
    const door = doorAt("127.0.20.21");
    let kube: KubeClient;
    /** Every row that was ever promised. */
    const promised: number[] = [];
    let writers = 0;

    before(async function () {
        if (process.getuid?.() !== 0) this.skip();
        // No house has needed the operator before; a command of the lab may not take as long as its build.
        await ensureTools("real", operators, { cache: house.paths.cache, env: process.env });
        await house.must("toolchain");
        await house.must("up");
        kube = house.kube();
    });
    after(async () => {
        await house.close();
        removeFolder(dirname(stackFile));
    });

    const cluster = async (field: string) =>
        textOf(
            valueAt(
                await kube.get(`/apis/postgresql.cnpg.io/v1/namespaces/jellyfin/clusters/${CLUSTER}`),
                `status.${field}`,
            ),
        );
    const primary = () => cluster("currentPrimary");
    /** The pods of the servers by name, without those of the jobs that made them. */
    const instances = async (): Promise<[string, PodView][]> =>
        [...(await podsOf(kube, CLUSTER))].filter(([name]) => /-\d+$/.test(name));
    const whole = () =>
        eventually(
            "all servers and both pods of Jellyfin are ready, and both standbys follow the one that writes",
            async () => {
                const [web, servers] = [[...(await podsOf(kube, "jellyfin")).values()], await instances()];
                const ready = [...web, ...servers.map(([, pod]) => pod)].filter((pod) => pod.ready && !pod.terminating);
                if (web.length !== 2 || servers.length !== 3 || ready.length !== 5) return false;
                if ((await primary()) !== (await cluster("targetPrimary"))) return false;
                return (await sql(FOLLOWING)).stdout.trim() === "2";
            },
            WHOLE_MS,
        );
    const sql = async (query: string) =>
        house.shell(
            `kubectl --namespace jellyfin exec ${await primary()} --container postgres -- psql --no-psqlrc --tuples-only --no-align jellyfin --command='${query}'`,
        );

    /** Somebody writes while something happens; what he is promised is asked for later. */
    async function writing(happens: () => Promise<void>): Promise<Writer> {
        const writer = await writeWhile(house.paths.kubeconfig, writers++ * ROWS_OF_ONE, happens);
        promised.push(...writer.promised);
        return writer;
    }

    /** All that was promised is there, whoever has it now. */
    async function expectAllKept(): Promise<void> {
        const { stdout, output, code } = await sql("SELECT number FROM notes");
        assert.equal(code, 0, output);
        const found = new Set(stdout.trim().split("\n").map(Number));
        assert.deepEqual(
            promised.filter((number) => !found.has(number)),
            [],
            `of ${promised.length} promised rows, ${found.size} are there`,
        );
    }

    describeModeChange({
        ...{ house, stackFile, door, kube: () => kube, whole, sql, promised },
        firstRow: writers++ * ROWS_OF_ONE,
    });

    // In a group of its own, or it would come before the groups.
    describe("with its three servers", () => {
        it("has them on three hosts, of which one writes", async () => {
            const nodes = await nodesOf(kube);
            const servers = await instances();
            assert.equal(new Set(servers.map(([, { node }]) => nodes.get(node)?.zone)).size, 3);
            assert.ok(servers.some(([name]) => name.startsWith(CLUSTER)));
            assert.equal((await sql(FOLLOWING)).stdout.trim(), "2");
            assert.match((await sql("SHOW synchronous_standby_names")).stdout, /^ANY 1 \(/);
        });

        it("lets Jellyfin into its own database, and into no other", async () => {
            const enter = (database: string) =>
                house.shell(
                    `kubectl --namespace jellyfin exec jellyfin-1 --container jellyfin -- bash -c 'PGPASSWORD=$POSTGRES_PASSWORD psql --host=$POSTGRES_HOST --username=$POSTGRES_USER --command="SELECT 1" ${database}'`,
                );
            const [own, other] = [await enter("jellyfin"), await enter("postgres")];
            assert.equal(own.code, 0, own.output);
            assert.notEqual(other.code, 0);
            assert.match(other.output, /pg_hba\.conf rejects connection/);
        });

        it("proves itself under the name that our jobs ask for, by the authority that they are given", async () => {
            const secret = await kube.get(`/api/v1/namespaces/jellyfin/secrets/${CLUSTER}-ca`);
            const data = valueAt(secret, "data");
            const authority = isRecord(data) ? textOf(data["ca.crt"]) : "";
            const address = `host=${CLUSTER}-rw.jellyfin.svc dbname=jellyfin user=jellyfin sslmode=verify-full`;
            const enter = (file: string) =>
                house.shell(
                    `kubectl --namespace jellyfin exec jellyfin-1 --container jellyfin -- bash -c 'echo ${authority} | base64 --decode > /tmp/authority; psql --no-password "${address} sslrootcert=${file}" --command="SELECT 1"'`,
                );
            assert.match((await enter("/tmp/authority")).output, /no password supplied/);
            const stranger = await enter("/etc/ssl/certs/ca-certificates.crt");
            assert.match(stranger.output, /certificate verify failed/);
        });

        it("refuses a cluster that makes no sense, by the operator's own webhook", async () => {
            const patch = '{"spec":{"primaryLease":{"leaseDurationSeconds":1}}}';
            const refused = await house.shell(
                `kubectl --namespace jellyfin patch clusters.postgresql.cnpg.io ${CLUSTER} --type merge --patch '${patch}' --dry-run=server`,
            );
            assert.notEqual(refused.code, 0);
            assert.match(refused.output, /leaseDurationSeconds must be greater than renewDeadlineSeconds/);
        });
    });

    describe("when the server that writes is killed", () => {
        it("writes again soon, by whichever server, and keeps what was promised", async () => {
            const writer = await writing(async () => {
                process.kill(serverOf(await primary()), "SIGKILL");
            });
            console.log(`      killed: ${writer.longestGapMs} ms without a promise`);
            assert.ok(writer.longestGapMs < SERVER_GAP_MS, gapsOf(writer));
            await whole();
            await expectAllKept();
        });

        it("does the same when its pod is taken away by force, and visitors notice little", async () => {
            const insert = `INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($$test$$, $$${key}$$, now(), now())`;
            const inserted = await sql(insert);
            assert.equal(inserted.code, 0, inserted.output);
            const needy = new Visitor(door, await cookieOf(door, "jellyfin-1"), 250, `/Items?api_key=${key}`);
            await eventually("items are listed", () => needy.answers.at(-1)?.status === 200);
            const before = await primary();
            const writer = await writing(async () => {
                const { code, output } = await house.shell(
                    `kubectl --namespace jellyfin delete pod ${before} --grace-period=0 --force`,
                );
                assert.equal(code, 0, output);
            });
            await eventually("items are listed again", () => needy.answers.at(-1)?.status === 200);
            await whole();
            await needy.leave();
            console.log(
                `      taken away: ${writer.longestGapMs} ms without a promise, ${needy.bad.length} of ${needy.answers.length} visits failed`,
            );
            assert.ok(writer.longestGapMs < SERVER_GAP_MS, gapsOf(writer));
            assert.notEqual(await primary(), before, "another one writes");
            await expectAllKept();
        });
    });

    describe("when the power of the host is cut where it writes, and Jellyfin serves", () => {
        it("writes on another host, and serves on from the other pod of Jellyfin", async () => {
            const nodes = await nodesOf(kube);
            const node = (await podsOf(kube, "jellyfin")).get("jellyfin-0")?.node ?? "";
            const zone = nodes.get(node)?.zone;
            const [there = ""] = (await instances()).find(([, pod]) => nodes.get(pod.node)?.zone === zone) ?? [];
            const machines = [...nodes].filter(([, each]) => each.zone === zone).map(([name]) => name);
            await moveIngressFrom(machines);
            // An instance that is made to write before it has followed the last one would lose what that one has kept.
            await whole();
            await promote(there);
            const other = zone === "pve-1" ? doorAt("127.0.20.22") : door;
            const [moved, safe] = [
                new Visitor(other, await cookieOf(other, "jellyfin-0")),
                new Visitor(other, await cookieOf(other, "jellyfin-1")),
            ];
            const writer = await writing(async () => {
                await Promise.all(machines.map((name) => house.must("power", name, "off")));
            }).finally(() => Promise.all([moved.leave(), safe.leave()]));
            console.log(
                `      host lost: ${writer.longestGapMs} ms without a promise, ${moved.bad.length} of ${moved.answers.length} and ${safe.bad.length} of ${safe.answers.length} visits failed`,
            );
            assert.ok(writer.longestGapMs < HOST_GAP_MS, gapsOf(writer));
            assert.equal(moved.answers.at(-1)?.pod, "jellyfin-1");
            for (const { bad, answers } of [moved, safe]) assert.deepEqual(bad, [], `of ${answers.length} visits`);
            assert.notEqual(await primary(), there);
            await expectAllKept();
            for (const name of machines) await house.must("power", name, "on");
        });

        it("is whole again when the power is back, and the program finds nothing to change", async () => {
            await whole();
            await expectAllKept();
            await house.must("preview", "--expect-no-changes");
        });

        itServesAllTheTime(() => kube);

        /**
         * It is two pods for its own sake: a visit that meets the dead one waits for the next try. Who writes leaves a
         * machine that takes no pods, too.
         */
        async function moveIngressFrom(machines: readonly string[]): Promise<void> {
            const ingress = "--namespace kube-system --selector app.kubernetes.io/name=traefik";
            const away = machines.map(
                (name) => `kubectl delete pod ${ingress} --field-selector spec.nodeName=${name} --ignore-not-found`,
            );
            const { code, output } = await house.shell(`kubectl cordon ${machines.join(" ")}
                ${away.join("\n")}
                kubectl rollout status deployment traefik --namespace kube-system --timeout 60s
                kubectl uncordon ${machines.join(" ")}`);
            assert.equal(code, 0, output);
        }

        /** Lets a standby write from now on, as the operator's own tool does. */
        async function promote(instance: string): Promise<void> {
            if ((await primary()) === instance) return;
            const status = { targetPrimary: instance, phase: "Switchover in progress" };
            const path = `/apis/postgresql.cnpg.io/v1/namespaces/jellyfin/clusters/${CLUSTER}/status`;
            await kube.request("PATCH", path, { body: { status }, contentType: "application/merge-patch+json" });
            await eventually(`${instance} writes`, async () => (await primary()) === instance);
            await whole();
        }
    });
});
