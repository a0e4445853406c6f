import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { freePorts } from "../../../support/free-ports";
import { eventually } from "../../../support/eventually";
import { removeFolder } from "../../../support/scratch-folder";

const ENTRYPOINT = resolve(__dirname, "../../../../lab/images/programs/postgres/entrypoint.sh");
/** The user that has nothing, on every Linux: a database server refuses to run as root. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

export interface Ended {
    readonly code: number | null;
    /** What it wrote, both streams. */
    readonly output: string;
}

/** One run of the entrypoint, as a user who is not root. */
export class DatabaseRun {
    output = "";

    constructor(readonly process: ChildProcess) {
        for (const stream of [process.stdout, process.stderr]) {
            stream?.on("data", (text: Buffer) => (this.output += text.toString()));
        }
    }

    get isRunning(): boolean {
        return this.process.exitCode === null && this.process.signalCode === null;
    }

    async ended(): Promise<Ended> {
        if (this.isRunning) await once(this.process, "close");
        return { code: this.process.exitCode, output: this.output };
    }

    /** Ends it like a container's runtime with the image's stop signal. */
    async stop(signal: NodeJS.Signals = "SIGINT"): Promise<Ended> {
        if (this.isRunning) this.process.kill(signal);
        return this.ended();
    }
}

/** A database made and served by the image's entrypoint, in folders of its own. */
export class TestDatabase {
    readonly folder = mkdtempSync(join(tmpdir(), "database-"));
    readonly data = join(this.folder, "volume", "17", "docker");
    readonly scripts = join(this.folder, "initdb.d");
    port = 0;
    private readonly runs: DatabaseRun[] = [];
    private readonly entrypoint = join(this.folder, "entrypoint.sh");

    constructor(private readonly programs: string) {
        copyFileSync(ENTRYPOINT, this.entrypoint);
        chmodSync(this.entrypoint, 0o755);
        for (const folder of [this.folder, join(this.folder, "volume"), join(this.folder, "run"), this.scripts]) {
            mkdirSync(folder, { recursive: true });
            if (isRoot) chownSync(folder, NOBODY, NOBODY);
        }
    }

    /** Starts the entrypoint with these arguments and only these variables, besides the folders. */
    run(args: readonly string[], env: NodeJS.ProcessEnv): DatabaseRun {
        const drop = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
        const [command, ...rest] = [...drop, this.entrypoint, ...args];
        const child = spawn(command ?? this.entrypoint, rest, {
            cwd: this.folder,
            env: {
                PATH: `${this.programs}:${process.env["PATH"] ?? ""}`,
                ...{
                    PGDATA: this.data,
                    POSTGRES_SOCKET_DIR: join(this.folder, "run"),
                    POSTGRES_INIT_DIR: this.scripts,
                },
                // What a test makes need not survive the machine.
                POSTGRES_INITDB_ARGS: "--no-sync",
                ...env,
            },
        });
        const run = new DatabaseRun(child);
        this.runs.push(run);
        return run;
    }

    /** Starts the server and waits until it answers; the port stays the same over restarts. */
    async start(password: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<DatabaseRun> {
        if (this.port === 0) [this.port = 0] = await freePorts("127.0.0.1", 1);
        const run = this.run(["postgres", "-c", `port=${this.port}`, ...args], { POSTGRES_PASSWORD: password, ...env });
        await eventually("the database answers", async () => {
            if (!run.isRunning) throw new Error(run.output);
            return (await this.query("SELECT 1", { password, user: env["POSTGRES_USER"] })).length === 1;
        });
        return run;
    }

    /** Asks over the network, like a pod. */
    async query(
        text: string,
        as: { password?: string | undefined; user?: string | undefined; database?: string | undefined },
    ): Promise<Record<string, unknown>[]> {
        const client = new Client({
            ...{ host: "127.0.0.1", port: this.port, user: as.user ?? "postgres", password: as.password },
            database: as.database ?? "postgres",
        });
        // A server that goes away tells the client; the next query says so.
        client.on("error", () => undefined);
        await client.connect();
        try {
            const { rows } = await client.query<Record<string, unknown>>(text);
            return rows;
        } finally {
            await client.end();
        }
    }

    /** Every run of it ends: what a database that is away looks like. */
    async stop(): Promise<void> {
        for (const run of this.runs) await run.stop();
    }

    async remove(): Promise<void> {
        await this.stop();
        removeFolder(this.folder);
    }
}
