import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { lastLines } from "./log-tail";
import { removePidFile, writePidFile } from "./pid-file";

export interface ChildOptions {
    /** Name of the process in status, logs and pid file. */
    readonly name: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    /** Standard output and error are appended to it. */
    readonly logFile: string;
    /** Folder of the pid file, from which a later run finds the process after a crash of its parent. */
    readonly pidDirectory: string;
    /** Whether it is started again when it ends by itself. */
    readonly restart: boolean;
    /** Milliseconds between asking it to end and killing it; default 5,000. */
    readonly stopGraceMs?: number;
}

const RESTART_DELAYS_MS = [200, 1_000, 5_000, 15_000];
const STOP_GRACE_MS = 5_000;

/** A child process with a log and a pid file, started again after a crash where that is wanted. */
export class Child {
    private process: ChildProcess | undefined;
    private stopping = false;
    private restarts = 0;
    private timer: NodeJS.Timeout | undefined;

    constructor(private readonly options: ChildOptions) {
        this.launch();
    }

    get name(): string {
        return this.options.name;
    }

    /** `undefined` while it does not run. */
    get pid(): number | undefined {
        return this.process?.exitCode === null && this.process.signalCode === null ? this.process.pid : undefined;
    }

    /** How often it ended by itself and was started again. */
    get crashes(): number {
        return this.restarts;
    }

    /** The last lines of the log, for error messages. */
    tail(lines = 15): string {
        return lastLines(this.options.logFile, lines).join("\n");
    }

    async stop(): Promise<void> {
        this.stopping = true;
        clearTimeout(this.timer);
        const child = this.process;
        if (child && this.pid !== undefined) {
            const ended = new Promise<void>((done) => child.once("exit", () => done()));
            child.kill("SIGTERM");
            const kill = setTimeout(() => child.kill("SIGKILL"), this.options.stopGraceMs ?? STOP_GRACE_MS);
            await ended;
            clearTimeout(kill);
        }
        removePidFile(this.options.pidDirectory, this.options.name);
    }

    private launch(): void {
        const { name, command, args, env, logFile, pidDirectory } = this.options;
        mkdirSync(dirname(logFile), { recursive: true });
        const log = openSync(logFile, "a");
        const child = spawn(command, [...args], { stdio: ["ignore", log, log], ...(env && { env }) });
        this.process = child;
        if (child.pid !== undefined) writePidFile(pidDirectory, name, child.pid);
        let isOver = false;
        const ended = (why: string) => {
            // A process that could not be signalled tells of an error, and of its exit later.
            if (isOver) return;
            isOver = true;
            writeSync(log, `--- ${name} ${why}\n`);
            closeSync(log);
            if (!this.stopping && this.options.restart) this.relaunch();
        };
        child.once("error", (error) => ended(`did not start: ${error.message}`));
        child.once("exit", (code, signal) => ended(`ended with ${signal ?? `exit code ${code ?? "unknown"}`}`));
    }

    private relaunch(): void {
        const delay = RESTART_DELAYS_MS[Math.min(this.restarts, RESTART_DELAYS_MS.length - 1)] ?? 15_000;
        this.restarts++;
        this.timer = setTimeout(() => this.launch(), delay);
    }
}
