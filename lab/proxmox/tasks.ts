import { pause } from "../pause";
import { reasonOf } from "../reason";
import { parameterError } from "./api-error";
import type { ClusterFile, TaskRecord } from "./cluster-state";

/** Finished tasks that are remembered, as PVE's index of recent tasks is limited too. */
const REMEMBERED_TASKS = 500;

export interface TaskRequest {
    readonly node: string;
    /** PVE's word for it: `qmcreate`, `qmstart`, `download`. */
    readonly type: string;
    readonly id: string;
    readonly user: string;
}

/** Background work that clients watch by its UPID. */
export class Tasks {
    private readonly underway = new Set<Promise<void>>();
    private readonly turns = new Map<string, Promise<void>>();

    /** @param delayMilliseconds time that each task takes at least. */
    constructor(
        private readonly file: ClusterFile,
        private readonly delayMilliseconds: number,
    ) {
        for (const task of file.state.tasks) {
            if (task.exitStatus !== undefined) continue;
            task.exitStatus = "unexpected status";
            task.endedAtMs = Date.now();
        }
        file.save();
    }

    /**
     * Starts work and answers its UPID at once. Tasks of the same `id` (a VM) run one after another,
     * as PVE's lock on a VM's configuration has it.
     *
     * @param work throws to fail the task; the message becomes the exit status.
     */
    start(request: TaskRequest, work: (log: (line: string) => void) => Promise<void> | void): string {
        const { state } = this.file;
        state.lastPid += 1;
        const now = Date.now();
        const fields = { ...request, pid: state.lastPid, pstart: Math.floor(now / 10) % 0x7fffffff, startedAtMs: now };
        const times = [fields.pid, fields.pstart, Math.floor(now / 1000)].map(hex8).join(":");
        const upid = `UPID:${request.node}:${times}:${request.type}:${request.id}:${request.user}:`;
        const task: TaskRecord = { upid, ...fields, log: [] };
        state.tasks = [...state.tasks, task].slice(-REMEMBERED_TASKS);
        const before = this.turns.get(request.id) ?? Promise.resolve();
        const run = before.then(() => this.run(task, work));
        this.turns.set(request.id, run);
        this.underway.add(run);
        void run.finally(() => this.underway.delete(run));
        this.file.save();
        return upid;
    }

    /** Resolves when no task runs any more. */
    async settled(): Promise<void> {
        while (this.underway.size > 0) await Promise.all(this.underway);
    }

    /** @throws ApiError 400 for a UPID that is not one, or of no task. */
    find(upid: string): TaskRecord {
        if (!/^UPID:[^:]+:[0-9A-F]{8,9}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:[^:]*:[^:]+:$/i.test(upid))
            throw parameterError({ upid: "unable to parse worker upid" });
        const task = this.file.state.tasks.find((candidate) => candidate.upid === upid);
        if (!task) throw parameterError({ upid: "no such task" });
        return task;
    }

    private async run(task: TaskRecord, work: (log: (line: string) => void) => Promise<void> | void): Promise<void> {
        if (this.delayMilliseconds > 0) await pause(this.delayMilliseconds);
        try {
            await work((line) => task.log.push(line));
            task.exitStatus = "OK";
            task.log.push("TASK OK");
        } catch (error) {
            task.exitStatus = reasonOf(error);
            task.log.push(`TASK ERROR: ${task.exitStatus}`);
        }
        task.endedAtMs = Date.now();
        this.file.save();
    }
}

function hex8(value: number): string {
    return value.toString(16).toUpperCase().padStart(8, "0");
}
