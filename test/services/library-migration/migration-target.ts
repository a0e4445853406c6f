import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { TestDatabase } from "../../lab/images/programs/database";
import { postgresSchema } from "./schema";

const MAIN = resolve(__dirname, "../../../services/library-migration/main.ts");
const PASSWORD = "correct horse";
const OWNER = "tape";

export type MigrationTask = "migrate" | "check" | "roll-back";

export interface MigrationEnded {
    readonly code: number | null;
    /** Both streams. */
    readonly output: string;
}

/** A database of Jellyfin's on a real server, with the program that moves a library into it. */
export class MigrationTarget {
    private constructor(
        private readonly database: TestDatabase,
        private readonly folder: string,
    ) {}

    /**
     * @param programs folder of PostgreSQL's programs
     * @param folder gets the copies of the sources, in `backups`
     */
    static async start(programs: string, folder: string): Promise<MigrationTarget> {
        const target = new MigrationTarget(new TestDatabase(programs), folder);
        await target.database.start(PASSWORD, ["-c", "fsync=off"]);
        await target.askAsAdministrator(`CREATE ROLE jellyfin LOGIN PASSWORD '${OWNER}'`);
        return target;
    }

    get port(): number {
        return this.database.port;
    }

    remove(): Promise<void> {
        return this.database.remove();
    }

    /** Makes the database anew, as the first start of a Jellyfin leaves it. */
    async makeEmpty(): Promise<void> {
        await this.askAsAdministrator("DROP DATABASE IF EXISTS jellyfin WITH (FORCE)");
        await this.askAsAdministrator("CREATE DATABASE jellyfin OWNER jellyfin");
        await this.ask(postgresSchema());
    }

    ask(text: string): Promise<Record<string, unknown>[]> {
        return this.database.query(text, { user: "jellyfin", password: OWNER, database: "jellyfin" });
    }

    askAsAdministrator(text: string, database = "postgres"): Promise<Record<string, unknown>[]> {
        return this.database.query(text, { user: "postgres", password: PASSWORD, database });
    }

    async counted(table: string): Promise<number> {
        return Number((await this.ask(`SELECT count(*) AS rows FROM "${table}"`))[0]?.["rows"]);
    }

    /** Starts the program as the Job does: with variables, as a user who owns the database and nothing else. */
    begin(task: MigrationTask, file: string, env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
        return spawn(process.execPath, ["--max-old-space-size=64", "--import", "tsx", MAIN], {
            env: {
                ...{ PATH: process.env["PATH"], PGHOST: "127.0.0.1", PGPORT: String(this.port) },
                ...{ PGDATABASE: "jellyfin", PGUSER: "jellyfin", PGPASSWORD: OWNER },
                ...{ MIGRATION_TASK: task, MIGRATION_SOURCE: file, MIGRATION_BACKUPS: join(this.folder, "backups") },
                ...env,
            },
        });
    }

    async run(task: MigrationTask, file: string, env: NodeJS.ProcessEnv = {}): Promise<MigrationEnded> {
        const child = this.begin(task, file, env);
        let output = "";
        for (const stream of [child.stdout, child.stderr])
            stream.on("data", (text: Buffer) => (output += text.toString()));
        const [code] = (await once(child, "close")) as [number | null];
        return { code, output };
    }
}
