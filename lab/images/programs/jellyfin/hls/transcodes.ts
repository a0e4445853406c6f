import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Log } from "../log";
import { Encoder, SEGMENT_SECONDS } from "./encoder";

/** Who watches what: one encoder each. */
export interface Viewing {
    readonly itemId: string;
    readonly deviceId: string;
    readonly playSessionId: string;
    readonly filmSeconds: number;
}

/** An encoder this near to the segment is waited for, seconds of film; further away it is started anew there. */
const WORTH_WAITING_SECONDS = 24;
/** Longest wait for one segment, milliseconds. */
const SEGMENT_WAIT_MS = 20_000;
/** An encoder that nobody asked anything of for this long is ended, and its files are deleted; milliseconds. */
const IDLE_MS = 60_000;
const BETWEEN_LOOKS_MS = 25;
const BETWEEN_SWEEPS_MS = 5_000;

interface Job {
    readonly viewing: Viewing;
    readonly prefix: string;
    encoder: Encoder;
    lastAskedMs: number;
}

/** The encoders of this process. Any replica can go on with a film at any segment: it starts one of its own there. */
export class Transcodes {
    private readonly jobs = new Map<string, Job>();
    private readonly sweeper = setInterval(() => this.sweep(), BETWEEN_SWEEPS_MS).unref();

    constructor(
        private readonly folder: string,
        private readonly ffmpeg: string,
        private readonly log: Log,
    ) {}

    get running(): number {
        return [...this.jobs.values()].filter((job) => job.encoder.isRunning).length;
    }

    /**
     * The file of a segment, made if need be.
     * @throws Error with ffmpeg's last words when it does not come.
     */
    async segment(viewing: Viewing, index: number): Promise<string> {
        const job = this.jobFor(viewing, index);
        const path = `${job.prefix}${index}.ts`;
        const end = Date.now() + SEGMENT_WAIT_MS;
        const { encoder } = job;
        while (Date.now() < end) {
            const wasRunning = encoder.isRunning;
            if (existsSync(path)) return path;
            if (!wasRunning) throw new Error(`segment ${index} of ${viewing.itemId}: ffmpeg ${encoder.ending}`);
            job.lastAskedMs = Date.now();
            await setTimeout(BETWEEN_LOOKS_MS);
        }
        throw new Error(
            `segment ${index} of ${viewing.itemId}: not there after ${SEGMENT_WAIT_MS} ms; ${encoder.output}`,
        );
    }

    /** Ends what a device plays; with an empty play session all of it. */
    stop(deviceId: string, playSessionId: string): void {
        for (const [key, job] of this.jobs) {
            const { viewing } = job;
            if (viewing.deviceId !== deviceId) continue;
            if (playSessionId === "" || viewing.playSessionId === playSessionId) this.end(key, job);
        }
    }

    close(): void {
        clearInterval(this.sweeper);
        for (const [key, job] of this.jobs) this.end(key, job);
    }

    private jobFor(viewing: Viewing, index: number): Job {
        const words = [viewing.itemId, viewing.deviceId, viewing.playSessionId].join("\n");
        const key = createHash("md5").update(words).digest("hex");
        const prefix = join(this.folder, key);
        const known = this.jobs.get(key);
        if (known) {
            known.lastAskedMs = Date.now();
            if (existsSync(`${prefix}${index}.ts`) || isNear(known, index)) return known;
            known.encoder.stop();
        }
        const encoding = { prefix, firstSegment: index, filmSeconds: viewing.filmSeconds };
        const encoder = new Encoder(this.ffmpeg, encoding);
        this.log.write("INF", "Transcode", `ffmpeg ${encoder.pid ?? ""} begins ${viewing.itemId} at segment ${index}`);
        const job = known ?? { viewing, prefix, encoder, lastAskedMs: Date.now() };
        job.encoder = encoder;
        this.jobs.set(key, job);
        return job;
    }

    private sweep(): void {
        for (const [key, job] of this.jobs) if (Date.now() - job.lastAskedMs > IDLE_MS) this.end(key, job);
    }

    private end(key: string, job: Job): void {
        job.encoder.stop();
        this.jobs.delete(key);
        const name = basename(job.prefix);
        for (const file of filesOf(dirname(job.prefix))) {
            if (file.startsWith(name)) rmSync(join(dirname(job.prefix), file), { force: true });
        }
        this.log.write("INF", "Transcode", `ended ${job.viewing.itemId}`);
    }
}

function filesOf(folder: string): string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

/** Whether a running encoder will come to this segment soon. */
function isNear({ encoder, prefix }: Job, index: number): boolean {
    const { firstSegment } = encoder.encoding;
    if (!encoder.isRunning || index < firstSegment) return false;
    let next = firstSegment;
    while (existsSync(`${prefix}${next}.ts`)) next++;
    return (index - next) * SEGMENT_SECONDS <= WORTH_WAITING_SECONDS;
}
