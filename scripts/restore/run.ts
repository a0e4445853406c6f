import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { parseArguments, type RestoreRequest } from "./arguments";
import { restoreJob, templateFor, templateSelector } from "./job";
import { kubectl, kubectlJson } from "./kubectl";
import { runMoment } from "./moment-run";
import type { Voice } from "./voice";

const stateSchema = z.object({
    status: z
        .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
        .default({ conditions: [] }),
});

/** Between two looks at the job. */
const LOOK_MS = 2_000;

/**
 * Does what the words ask for, waits for its end and shows what was printed.
 * @returns exit code: 0 restored, or a dry run that found nothing against it
 * @throws Error where the request is wrong, or the cluster does not answer
 */
export async function runRestore(words: readonly string[], voice: Voice): Promise<number> {
    const request = parseArguments(words);
    return request.kind === "moment" ? runMoment(request, voice) : runJob(request, voice);
}

/** Makes a restore job, waits for its end and shows what its containers printed. */
async function runJob(request: RestoreRequest, voice: Voice): Promise<number> {
    const listed = await kubectlJson([
        ...["get", "cronjobs", "--all-namespaces", "--selector", templateSelector(request.kind)],
    ]);
    const source = templateFor(request, listed);
    const job = restoreJob(source, request, Date.now().toString(36));
    const { namespace } = source.metadata;
    const created = (await kubectl(["create", "--filename", "-", "--output", "name"], JSON.stringify(job))).trim();
    voice.log(`${namespace} ${created}${request.dryRun ? ", a dry run" : ""}`);
    for (;;) {
        const state = stateSchema.parse(await kubectlJson(["get", created, "--namespace", namespace]));
        const over = state.status.conditions.find(
            ({ type, status }) => status === "True" && /^(Complete|Failed)$/.test(type),
        );
        if (over !== undefined) {
            await tellLogs(created, namespace, voice);
            voice.log(
                over.type === "Complete" ? "done" : `failed; kubectl --namespace ${namespace} describe ${created}`,
            );
            return over.type === "Complete" ? 0 : 1;
        }
        await pause(LOOK_MS);
    }
}

/** Shows what a job's containers printed; of one that could not be read the reason, which does not hide the others'. */
async function tellLogs(job: string, namespace: string, voice: Voice): Promise<void> {
    // Where the first container fails the second one never starts, and has no log.
    const every = ["--all-containers", "--prefix", "--ignore-errors"];
    try {
        voice.log((await kubectl(["logs", job, "--namespace", namespace, ...every])).trimEnd());
    } catch (error) {
        // A job whose time was up has no pod any more; how it ended is told in any case.
        voice.error(error instanceof Error ? error.message : String(error));
    }
}
