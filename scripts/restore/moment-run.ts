import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { MomentRequest } from "./arguments";
import { kubectl, kubectlJson } from "./kubectl";
import {
    archiveOf,
    clusterOf,
    clusterThen,
    firstMoment,
    liveCluster,
    nameThen,
    policyThen,
    type ClusterName,
} from "./moment";
import type { Voice } from "./voice";

/** Between two looks at what is made. */
const LOOK_MS = 2_000;
const LAST_LINES = 20;

const condition = z.object({ type: z.string(), status: z.string() });
const madeSchema = z.object({
    status: z.object({ phase: z.string().default(""), conditions: z.array(condition).default([]) }).default({
        phase: "",
        conditions: [],
    }),
});
const podsSchema = z.object({
    items: z.array(
        z.object({
            metadata: z.object({ name: z.string() }),
            status: z.object({ phase: z.string().default("") }).default({ phase: "" }),
        }),
    ),
});

type Making = Extract<MomentRequest["wanted"], { do: "make" }>;

/**
 * Makes a second server that shows a database as it was, and waits for it; or takes it away.
 * @returns exit code: 0 it is there, or gone, or nothing is against it
 * @throws Error where the request cannot be met, before anything is changed
 */
export async function runMoment({ name, wanted }: MomentRequest, voice: Voice): Promise<number> {
    const cluster = clusterOf(name, await kubectlJson(["get", "databases.postgresql.cnpg.io", "--all-namespaces"]));
    switch (wanted.do) {
        case "make":
            return make(name, cluster, wanted, voice);
        case "remove":
            await remove(cluster);
            voice.log(`${nameThen(cluster)}: is gone`);
            return 0;
    }
}

async function make(
    database: string,
    cluster: ClusterName,
    { at, dryRun, archive: folder }: Making,
    voice: Voice,
): Promise<number> {
    const get = (kind: string, object: string, ...more: readonly string[]) =>
        kubectlJson(["get", kind, object, "--namespace", cluster.namespace, ...more]);
    const live = liveCluster(await get("clusters.postgresql.cnpg.io", cluster.name));
    const archive = archiveOf(live, folder);
    const first = firstMoment(await get("objectstores.barmancloud.cnpg.io", archive.store), archive);
    if (first !== undefined && at < first)
        throw new Error(
            `${at.toISOString()}: is before the archive ${archive.folder} begins, ${first.toISOString()}; write a later moment`,
        );
    const then = nameThen(cluster);
    const there = ["get", "clusters.postgresql.cnpg.io", then, "--namespace", cluster.namespace, "--ignore-not-found"];
    if ((await kubectl([...there, "--output", "name"])) !== "")
        throw new Error(
            `${then}: is there already; take it away first: npm run restore -- moment ${database} --remove`,
        );
    const objects = [policyThen(await get("networkpolicies", cluster.name), cluster), clusterThen(live, archive, at)];
    voice.log(
        `${then}: one server with ${database} as it was at ${at.toISOString()}, from the archive ${archive.folder}`,
    );
    const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    // Both or none: what the operator's webhook refuses would leave the other behind.
    await kubectl(["create", "--filename", "-", "--dry-run=server"], text);
    if (dryRun) {
        voice.log("nothing is against it, and nothing was changed");
        return 0;
    }
    await kubectl(["create", "--filename", "-"], text);
    if (!(await isMade(then, cluster, voice))) {
        voice.error(`${then}: does not come; take it away: npm run restore -- moment ${database} --remove`);
        return 1;
    }
    voice.log(wayOn(then, cluster, database));
    return 0;
}

/** Tells each phase once. @returns false where what reads the archive has failed */
async function isMade(then: string, { namespace }: ClusterName, voice: Voice): Promise<boolean> {
    const inNamespace = ["--namespace", namespace];
    const labels = `cnpg.io/cluster=${then},cnpg.io/jobRole=full-recovery`;
    let told = "";
    for (;;) {
        const { status } = madeSchema.parse(
            await kubectlJson(["get", "clusters.postgresql.cnpg.io", then, ...inNamespace]),
        );
        if (status.phase !== told) voice.log(`  ${status.phase}`);
        told = status.phase;
        if (status.conditions.some((one) => one.type === "Ready" && one.status === "True")) return true;
        const { items } = podsSchema.parse(await kubectlJson(["get", "pods", ...inNamespace, "--selector", labels]));
        const failed = items.find((pod) => pod.status.phase === "Failed");
        if (failed !== undefined) {
            // A container that never started has no log, and must not hide the others'.
            const every = ["--all-containers", "--ignore-errors", `--tail=${LAST_LINES}`];
            voice.error(await kubectl(["logs", failed.metadata.name, ...inNamespace, ...every]));
            return false;
        }
        await pause(LOOK_MS);
    }
}

async function remove({ name, namespace }: ClusterName): Promise<void> {
    const then = nameThen({ name, namespace });
    for (const kind of ["clusters.postgresql.cnpg.io", "networkpolicies"])
        await kubectl(["delete", kind, then, "--namespace", namespace, "--ignore-not-found", "--wait"]);
}

function wayOn(then: string, { namespace }: ClusterName, database: string): string {
    const inside = `kubectl --namespace ${namespace} exec ${then}-1 --container postgres`;
    return [
        `${then}: is there. Look at it, and take what you need:`,
        `  ${inside} --stdin --tty -- psql ${database}`,
        `  ${inside} -- pg_dump --format=custom ${database} > then.dump`,
        "then take it away:",
        `  npm run restore -- moment ${database} --remove`,
    ].join("\n");
}
