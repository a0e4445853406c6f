import { setTimeout } from "node:timers/promises";
import type { Kubectl } from "./kubectl";
import { job, surroundings, type Task } from "./objects";
import { deployedJellyfin, listAt, recordAt, type Json } from "./running-house";

export interface MigrationRun {
    readonly task: Task;
    readonly namespace: string;
    /** The program as one file. */
    readonly program: string;
    readonly kubectl: Kubectl;
    readonly say: (line: string) => void;
    /** Pause between two looks at the Job, milliseconds; default 2,000. */
    readonly pauseMs?: number;
}

/**
 * Runs the Job to its end and shows what it says.
 * @returns whether it succeeded
 * @throws Error where it cannot begin; nothing is left of it
 */
export async function runMigration(run: MigrationRun): Promise<boolean> {
    const { kubectl, namespace, program, task, say } = run;
    const house = await deployedJellyfin(kubectl, namespace);
    const around = listOf(surroundings(house, program));
    const stamp = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
    const made = job(house, program, task, stamp);
    const name = String(recordAt(made, "metadata")["name"]);
    try {
        await kubectl(["apply", "--server-side", "--force-conflicts", "--filename", "-"], around);
        await kubectl(["create", "--filename", "-"], JSON.stringify(made));
        say(`job ${name} in ${namespace}`);
        return await followed(run, name);
    } finally {
        await kubectl(["delete", "--ignore-not-found", "--filename", "-"], around);
    }
}

async function followed({ kubectl, namespace, say, pauseMs = 2_000 }: MigrationRun, name: string): Promise<boolean> {
    let told = "";
    for (;;) {
        const text = await kubectl(["get", "job", name, "--namespace", namespace, "--output", "json"]);
        const ended = ending(text);
        // A pod that has not started yet has no log; its end is told in any case.
        const log = await kubectl(["logs", `job/${name}`, "--namespace", namespace]).catch(() => "");
        if (log.length > told.length) say(log.slice(told.length).trimEnd());
        told = log;
        if (ended === undefined) await setTimeout(pauseMs);
        else if (ended.kind === "complete") return true;
        else {
            say(`job ${name} failed: ${ended.reason}`);
            return false;
        }
    }
}

type Ending = { readonly kind: "complete" } | { readonly kind: "failed"; readonly reason: string };

function ending(text: string): Ending | undefined {
    const parsed: unknown = JSON.parse(text);
    const status = recordAt(isJson(parsed) ? parsed : {}, "status");
    const conditions = listAt(status, "conditions").filter((condition) => condition["status"] === "True");
    const failed = conditions.find(({ type }) => type === "Failed");
    if (failed !== undefined) return { kind: "failed", reason: String(failed["message"] ?? failed["reason"]) };
    return conditions.some(({ type }) => type === "Complete") ? { kind: "complete" } : undefined;
}

function isJson(value: unknown): value is Json {
    return typeof value === "object" && value !== null;
}

function listOf(items: readonly Json[]): string {
    return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
