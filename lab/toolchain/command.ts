import { spawn, spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

export interface CommandOptions {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    /** Takes the whole output; the last run's, overwritten by the next. */
    readonly logFile: string;
    readonly signal?: AbortSignal | undefined;
    readonly onLine?: (line: string) => void;
}

/** A command that did not end with exit code 0. */
export class CommandError extends Error {
    constructor(
        command: string,
        /** How it ended: `exit code 1`, `signal SIGKILL`, or why it could not be started. */
        readonly end: string,
        /** Its last lines, standard output and standard error as they came. */
        readonly tail: readonly string[],
        /** The path of its whole output. */
        readonly logFile: string,
    ) {
        super(`${command} ended with ${end}`);
    }
}

const TAIL_LINES = 12;
/** Go finishes the compilers it is waiting for before it obeys; then patience ends. */
const KILL_AFTER_MS = 10_000;

/** What a short command prints, trimmed; `undefined` when it is not there, fails or takes longer than 20 s. */
export function answerOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
    const asked = spawnSync(command, args, { env, encoding: "utf8", timeout: 20_000 });
    return asked.status === 0 ? asked.stdout.trim() : undefined;
}

/** Runs a command to its end. @returns its standard output. @throws CommandError, or the signal's reason. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
    options.signal?.throwIfAborted();
    const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const log = createWriteStream(options.logFile);
    // The log is a courtesy: a disk that is too full for it must not hide what the command said.
    log.on("error", () => undefined);
    const tail: string[] = [];
    const output: string[] = [];
    const read = (stream: NodeJS.ReadableStream, keep: string[] | undefined): void => {
        createInterface({ input: stream }).on("line", (line) => {
            log.write(`${line}\n`);
            keep?.push(line);
            tail.push(line);
            if (tail.length > TAIL_LINES) tail.shift();
            options.onLine?.(line);
        });
    };
    read(child.stdout, output);
    read(child.stderr, undefined);
    let patience: NodeJS.Timeout | undefined;
    // SIGINT, not SIGTERM: it is the one on which Go removes its own temporary files.
    const stop = (): void => {
        child.kill("SIGINT");
        patience = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    };
    options.signal?.addEventListener("abort", stop);
    try {
        const end = await new Promise<string | undefined>((resolve) => {
            child.on("error", (error) => resolve(error.message));
            child.on("close", (code, killed) =>
                resolve(code === 0 ? undefined : killed ? `signal ${killed}` : `exit code ${code}`),
            );
        });
        options.signal?.throwIfAborted();
        if (end !== undefined) throw new CommandError(`${command} ${args[0] ?? ""}`, end, tail, options.logFile);
        return output.join("\n");
    } finally {
        clearTimeout(patience);
        options.signal?.removeEventListener("abort", stop);
        log.end();
    }
}
