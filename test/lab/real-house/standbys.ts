import assert from "node:assert/strict";
import type { KubeClient, KubeObject } from "../../../lab/kube/client";
import { textOf } from "../../../lab/plain-values";
import { eventually } from "../../support/eventually";
import type { TestHouse } from "../../support/house";
import { inside } from "./inside-server";

/** Joins of standbys, each with a copy of the whole database. */
const WHOLE_MS = 240_000;
/** What a server says that cannot follow the one that writes. */
const ASTRAY = /forked off|not a child of this server's history|pg_rewind|requested timeline/i;

/**
 * Waits until both standbys of a cluster get what is written. One whose history forked from that of the server that writes
 * never does (cloudnative-pg#4990): it is made anew, as docs/how-to/change-the-database-mode.md says, and the report of the
 * tests tells it.
 */
export async function bothFollow(house: TestHouse, kube: KubeClient, path: string): Promise<void> {
    try {
        await eventually("both standbys follow", () => allFollow(house, kube, path), WHOLE_MS);
    } catch (error) {
        const { current, missing } = await standbysOf(house, kube, path);
        const [stray, ...others] = missing;
        if (stray === undefined || others.length > 0) throw error;
        const said = await lastWords(house, stray);
        if (said === "") throw error;
        console.log(`      ${stray} does not follow ${current} and is made anew; it said:\n${said}`);
        const { code, output } = await house.shell(
            `kubectl --namespace jellyfin delete persistentvolumeclaim,pod ${stray} --wait=false`,
        );
        assert.equal(code, 0, output);
        await eventually("both standbys follow", () => allFollow(house, kube, path), WHOLE_MS);
    }
}

/** @throws Error with what is missing, unless all three servers are there and both standbys get what is written */
async function allFollow(house: TestHouse, kube: KubeClient, path: string): Promise<true> {
    const { status, missing, following } = await standbysOf(house, kube, path);
    const [current, target, ready] = ["currentPrimary", "targetPrimary", "readyInstances"].map((key) => status[key]);
    assert.deepEqual({ current, ready }, { current: target, ready: 3 });
    assert.equal(following.length, 2, `${missing.join(" ")} does not follow; these do: ${following.join(" ")}`);
    return true;
}

async function standbysOf(house: TestHouse, kube: KubeClient, path: string) {
    const { status } = await kube.get<KubeObject & { status: Readonly<Record<string, unknown>> }>(path);
    const current = textOf(status["currentPrimary"]);
    const query = "SELECT string_agg(application_name, $$ $$) FROM pg_stat_replication WHERE state = $$streaming$$";
    const following = (await inside(house, current, query)).split(" ").filter((name) => name !== "");
    const names = status["instanceNames"];
    const all = Array.isArray(names) ? names.map(textOf) : [];
    return { status, current, following, missing: all.filter((name) => name !== current && !following.includes(name)) };
}

/** The last lines in which a server says why it cannot follow; empty where it says nothing of the kind. */
async function lastWords(house: TestHouse, pod: string): Promise<string> {
    const { stdout } = await house.shell(`kubectl --namespace jellyfin logs ${pod} --container postgres --tail=400`);
    return stdout
        .split("\n")
        .filter((line) => ASTRAY.test(line))
        .slice(-5)
        .join("\n");
}
