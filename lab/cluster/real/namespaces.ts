import { execFile, spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { lastLines } from "../../process/log-tail";
import { removePidFile, writePidFile } from "../../process/pid-file";

export interface NamespacesOptions {
    /** Name of the record of its first process. */
    readonly name: string;
    /** Shell commands that furnish it, run by its first process before anything else. */
    readonly setUp: string;
    /** Shell commands for the time after its end, run outside; they run also when the lab was killed. */
    readonly cleanUp?: string;
    /** Gets what the commands print. */
    readonly logFile: string;
    readonly pidDirectory: string;
}

const READY_BUDGET_MS = 20_000;
/** What a program may print that is run inside, in bytes. */
const OUTPUT_LIMIT = 16 * 2 ** 20;

/**
 * The first process: it furnishes the place, then waits for the end of its standard input, which this process holds.
 * So nothing survives the lab, however it ends. `wait` also collects the orphans of the place.
 */
const FIRST_PROCESS = `set -eu
read -r pid rest < /proc/self/stat
echo "pid $pid"
SET_UP
echo ready
exec 3<&0
cat <&3 > /dev/null &
wait $!
`;

/** Mount, network and process namespaces that live as long as their first process. */
export class Namespaces {
    private constructor(
        private readonly options: NamespacesOptions,
        private readonly process: ChildProcess,
        /** Number of the first process, as the host counts. */
        readonly pid: number,
    ) {}

    /** @throws Error with the end of the log of what could not be set up. */
    static async open(options: NamespacesOptions): Promise<Namespaces> {
        const { setUp, cleanUp = ":", logFile } = options;
        mkdirSync(dirname(logFile), { recursive: true });
        const log = openSync(logFile, "a");
        const script = `unshare --mount --net --pid --fork --propagation private sh -c "$1"; ${cleanUp}`;
        const inner = FIRST_PROCESS.replace("SET_UP", () => setUp);
        // A group of its own: Ctrl-C at a terminal is the lab's to handle.
        const child = spawn("sh", ["-c", script, "sh", inner], { stdio: ["pipe", "pipe", log], detached: true });
        closeSync(log);
        const pid = await furnished(child).catch((error: unknown) => {
            child.stdin?.end();
            const last = lastLines(logFile, 5).join("\n    ");
            throw new Error(`${options.name}: its namespaces cannot be made: ${String(error)}\n    ${last}`);
        });
        if (child.pid !== undefined) writePidFile(options.pidDirectory, options.name, child.pid);
        return new Namespaces(options, child, pid);
    }

    /** How a program is started inside. Paths are those of the inside, and have to be absolute. */
    enter(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
        const target = ["--target", String(this.pid), "--mount", "--net", "--pid"];
        return { command: "nsenter", args: [...target, "--", command, ...args] };
    }

    /** How a program of the outside is started in the network of the inside. */
    enterNetwork(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
        return { command: "nsenter", args: [`--net=/proc/${this.pid}/ns/net`, "--", command, ...args] };
    }

    /** Runs a program inside. @returns its standard output @throws Error with the end of its standard error */
    run(command: string, args: readonly string[], input?: string): Promise<string> {
        return run(this.enter(command, args), input);
    }

    /** Runs a program of the outside in the network of the inside. */
    runInNetwork(command: string, args: readonly string[], input?: string): Promise<string> {
        return run(this.enterNetwork(command, args), input);
    }

    /** A path of the inside, as the outside opens it. */
    path(inside: string): string {
        return `/proc/${this.pid}/root${inside}`;
    }

    /** Ends every process inside at once. Resolves when nothing is left. */
    async close(): Promise<void> {
        const ended = new Promise<void>((done) => {
            if (this.process.exitCode !== null || this.process.signalCode !== null) done();
            else this.process.once("exit", () => done());
        });
        try {
            process.kill(this.pid, "SIGKILL");
        } catch {
            // It is gone already.
        }
        this.process.stdin?.end();
        await ended;
        removePidFile(this.options.pidDirectory, this.options.name);
    }
}

/** Resolves with the number of the first process once it has set up everything. */
function furnished(child: ChildProcess): Promise<number> {
    return new Promise((done, fail) => {
        let pid: number | undefined;
        const limit = setTimeout(
            () => fail(new Error(`they were not ready after ${READY_BUDGET_MS / 1000} s`)),
            READY_BUDGET_MS,
        );
        child.once("error", fail);
        child.once("exit", (code) => fail(new Error(`the first process ended with ${code ?? "a signal"}`)));
        if (!child.stdout) return fail(new Error("it has no standard output"));
        createInterface({ input: child.stdout }).on("line", (line) => {
            if (line.startsWith("pid ")) pid = Number(line.slice(4));
            if (line !== "ready" || pid === undefined) return;
            clearTimeout(limit);
            done(pid);
        });
    });
}

function run(
    { command, args }: { readonly command: string; readonly args: readonly string[] },
    input: string | undefined,
): Promise<string> {
    return new Promise((done, fail) => {
        const child = execFile(command, [...args], { maxBuffer: OUTPUT_LIMIT }, (error, stdout, stderr) => {
            if (!error) return done(stdout);
            const last = stderr.trim().split("\n").slice(-3).join("; ");
            const program = args.slice(args.indexOf("--") + 1).join(" ");
            fail(new Error(`${program}: ${last || error.message}`, { cause: error }));
        });
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(input ?? "");
    });
}
