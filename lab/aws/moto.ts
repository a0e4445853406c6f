import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { pause } from "../pause";
import { lastLines } from "../process/log-tail";
import { reasonOf } from "../reason";

/** What the AWS SDKs and the AWS CLI are told; moto accepts any key, and these are no secrets. */
export const labAwsEnvironment = {
    AWS_ACCESS_KEY_ID: "homelab",
    AWS_SECRET_ACCESS_KEY: "homelab",
    AWS_REGION: "eu-central-1",
    AWS_DEFAULT_REGION: "eu-central-1",
} as const;

export interface MotoOptions {
    /** The Python of moto's environment, from `ensureMoto`. */
    readonly python: string;
    readonly address: string;
    /** TCP port. */
    readonly port: number;
    /** Its standard output and error are appended here. */
    readonly logFile: string;
    /**
     * Where its requests are kept. moto lives in memory only; what was asked of it before is asked again at the next
     * start, so buckets and keys of which the stack knows are still there after a crash.
     */
    readonly recording: string;
    /** Told the process id before moto is ready, so that a start that is cut off can be cleaned up. */
    readonly onSpawn?: (pid: number) => void;
    /** Default 60 s. */
    readonly readyWithinMs?: number;
}

export interface Moto {
    readonly pid: number;
    /** For `AWS_ENDPOINT_URL`. */
    readonly endpoint: string;
    /** Resolves when the process has ended. */
    stop(): Promise<void>;
}

const SERVER = join(__dirname, "server.py");

/** Makes identifiers and access keys the same at every start. */
const SEED = 20;

/**
 * Starts moto and resolves once it answers and knows again what it knew. The process outlives its parent; its id is
 * what to remember.
 * @throws when the port is taken, or when it ends or stays silent; with the end of its log.
 */
export async function startMoto(options: MotoOptions): Promise<Moto> {
    const { address, port, logFile, recording } = options;
    const at = `${address}:${port}`;
    if (await accepts(address, port)) {
        throw new Error(`${at}: the port is taken (moto listens there); stop what uses it, or use another LAB_SLOT`);
    }
    await Promise.all([logFile, recording].map((file) => mkdir(dirname(file), { recursive: true })));
    await dropTornLines(recording);
    const log = await open(logFile, "a");
    const child = spawn(options.python, [SERVER, "-H", address, "-p", String(port)], {
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
        env: { ...process.env, ...labAwsEnvironment, MOTO_RECORDER_FILEPATH: recording, PYTHONUNBUFFERED: "1" },
    });
    // Listened for before anything is awaited: a process that dies at once would end unheard.
    const state: { ended?: string } = {};
    const ended = new Promise<void>((resolve) => {
        const end = (how: string): void => {
            state.ended ??= how;
            resolve();
        };
        child.on("error", (error) => end(error.message));
        child.on("exit", (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    child.unref();
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    await log.close();
    const stop = async (): Promise<void> => {
        child.kill("SIGTERM");
        const patience = setTimeout(() => child.kill("SIGKILL"), 3_000);
        await ended;
        clearTimeout(patience);
    };
    const endpoint = `http://${at}`;
    try {
        const until = Date.now() + (options.readyWithinMs ?? 60_000);
        while (!(await accepts(address, port))) {
            if (state.ended !== undefined) throw new Error(`moto ended with ${state.ended}`);
            if (Date.now() > until) throw new Error("moto does not answer");
            await pause(50);
        }
        await recall(endpoint, recording);
    } catch (error) {
        if (state.ended === undefined) await stop();
        const last = lastLines(logFile, 8).join("\n    ");
        throw new Error(`${at}: ${reasonOf(error)} (the lab's AWS); see ${logFile}, which ends with\n    ${last}`, {
            cause: error,
        });
    }
    return { pid: child.pid ?? 0, endpoint, stop };
}

/** Whether something listens. A connection without a request is not recorded. */
export async function accepts(address: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host: address, port }, () => {
            socket.destroy();
            resolve(true);
        });
        socket.on("error", () => resolve(false));
    });
}

/** Replays what was recorded, then goes on recording; the very first start is recorded with its seed. */
async function recall(endpoint: string, recording: string): Promise<void> {
    const before = existsSync(recording) && (await readFile(recording, "utf8")) !== "";
    if (before) await post(`${endpoint}/moto-api/recorder/replay-recording`);
    await post(`${endpoint}/moto-api/recorder/start-recording`);
    if (!before) await post(`${endpoint}/moto-api/seed?a=${SEED}`);
}

async function post(url: string): Promise<void> {
    const answer = await fetch(url, { method: "POST" });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
}

/** A process killed while writing leaves half a line, on which a replay would fail. */
async function dropTornLines(recording: string): Promise<void> {
    if (!existsSync(recording)) return;
    const lines = (await readFile(recording, "utf8")).split("\n").filter((line) => line !== "");
    const whole = lines.filter((line) => {
        try {
            JSON.parse(line);
            return true;
        } catch {
            return false;
        }
    });
    if (whole.length < lines.length) await writeFile(recording, whole.map((line) => `${line}\n`).join(""));
}
