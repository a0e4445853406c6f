import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { migrate, rollBack, type TableReport } from "./migrate";
import { Refusal } from "./refusal";
import { Source } from "./source";

/** So long a database is waited for that refuses everybody: a new pod is let through when its policies are in force. */
const PATIENCE_MS = 30_000;
const NOT_YET = /ECONNREFUSED|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;

/** What the Job tells it, each as a variable; the database's are named like those of Jellyfin's image. */
interface Settings {
    readonly task: "migrate" | "check" | "roll-back";
    readonly source: string;
    readonly backups: string;
    readonly replace: boolean;
}

function settings(env: NodeJS.ProcessEnv): Settings {
    const task = env["MIGRATION_TASK"] ?? "check";
    if (task !== "migrate" && task !== "check" && task !== "roll-back")
        throw new Refusal([
            `MIGRATION_TASK: ${task} is no task (a task is migrate, check or roll-back); write one of them`,
        ]);
    const source = env["MIGRATION_SOURCE"] ?? "/config/data/jellyfin.db";
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const backups = join(env["MIGRATION_BACKUPS"] ?? "/config/data/migration-backups", stamp);
    return { task, source, backups, replace: env["MIGRATION_REPLACE"] === "true" };
}

function database(env: NodeJS.ProcessEnv): Client {
    const authority = env["POSTGRES_CA"];
    return new Client({
        host: env["POSTGRES_HOST"],
        port: Number(env["POSTGRES_PORT"] ?? 5432),
        database: env["POSTGRES_DB"],
        user: env["POSTGRES_USER"],
        password: env["POSTGRES_PASSWORD"],
        application_name: "library-migration",
        connectionTimeoutMillis: 15_000,
        ...(authority === undefined ? {} : { ssl: { ca: authority } }),
    });
}

/** @throws Error in the words of the last try */
async function connected(env: NodeJS.ProcessEnv): Promise<Client> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
        const client = database(env);
        // The server may go away between two queries; the next one says so.
        client.on("error", () => undefined);
        try {
            await client.connect();
            return client;
        } catch (error) {
            await client.end().catch(() => undefined);
            if (Date.now() > deadline || !(error instanceof Error && NOT_YET.test(error.message))) throw error;
            await setTimeout(1_000);
        }
    }
}

function told(reports: readonly TableReport[]): void {
    for (const { table, changed, orphans } of reports) {
        for (const [what, count] of changed) console.log(`${table}: ${count} times ${what}`);
        if (orphans > 0)
            console.log(
                `${table}: ${orphans} rows have no parent; they are kept in before_migration.orphans, and Jellyfin never showed them`,
            );
    }
    const rows = reports.reduce((sum, report) => sum + report.rows, 0);
    console.log(`${rows} rows in ${reports.length} tables`);
}

async function main(): Promise<void> {
    const { task, source: file, backups, replace } = settings(process.env);
    const client = await connected(process.env);
    try {
        if (task === "roll-back") {
            await rollBack(client);
            console.log("the database is as it was before the migration");
            return;
        }
        const source = await Source.open(file, backups);
        try {
            console.log(`${file} is kept as ${source.backup}`);
            told(
                await migrate(source, client, { dryRun: task === "check", replace, say: (line) => console.log(line) }),
            );
        } finally {
            source.close();
        }
    } finally {
        await client.end();
    }
}

void main().catch((error: unknown) => {
    const reasons = error instanceof Refusal ? error.reasons : [error instanceof Error ? error.message : String(error)];
    for (const reason of reasons) console.error(`refused: ${reason}`);
    process.exitCode = 1;
});
