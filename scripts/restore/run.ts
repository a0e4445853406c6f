import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { parseArguments } from "./arguments";
import { restoreJob, templateFor, templateSelector } from "./job";

interface Voice {
    readonly log: (line: string) => void;
    readonly error: (line: string) => void;
}

const stateSchema = z.object({
    status: z
        .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
        .default({ conditions: [] }),
});

/** Between two looks at the job. */
const LOOK_MS = 2_000;

/**
 * Makes a restore job, waits for its end and shows what its containers printed.
 * @param voice where it is told
 * @returns exit code: 0 restored, or a dry run that found nothing against it
 * @throws Error where the request is wrong, or the cluster does not answer
 */
export async function runRestore(words: readonly string[], voice: Voice): Promise<number> {
    const request = parseArguments(words);
    const listed: unknown = JSON.parse(
        await kubectl([
            ...["get", "cronjobs", "--all-namespaces", "--selector", templateSelector(request.kind)],
            ...["--output", "json"],
        ]),
    );
    const source = templateFor(request, listed);
    const job = restoreJob(source, request, Date.now().toString(36));
    const { namespace } = source.metadata;
    const created = (await kubectl(["create", "--filename", "-", "--output", "name"], JSON.stringify(job))).trim();
    voice.log(`${namespace} ${created}${request.dryRun ? ", a dry run" : ""}`);
    for (;;) {
        const state = stateSchema.parse(
            JSON.parse(await kubectl(["get", created, "--namespace", namespace, "--output", "json"])),
        );
        const over = state.status.conditions.find(
            ({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type),
        );
        if (over !== undefined) {
            voice.log(
                (await kubectl(["logs", created, "--namespace", namespace, "--all-containers", "--prefix"])).trimEnd(),
            );
            voice.log(
                over.type === "Complete" ? "done" : `failed; kubectl --namespace ${namespace} describe ${created}`,
            );
            return over.type === "Complete" ? 0 : 1;
        }
        await pause(LOOK_MS);
    }
}

async function kubectl(args: readonly string[], input = ""): Promise<string> {
    const child = spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`kubectl ${args[0] ?? ""}: ${errors.trim()}`);
    return output;
}
