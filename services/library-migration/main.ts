import { join } from "node:path";
import { connected } from "./connection";
import { migrate, rollBack, type TableReport } from "./migrate";
import { Refusal } from "./refusal";
import { Source } from "./source";

/** What the Job tells it, each as a variable; the database's are those of libpq. */
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
            const isMoreKept = await rollBack(client);
            console.log("the database is as it was before the newest migration");
            if (isMoreKept) console.log("an earlier one has replaced something too; --rollback again puts that back");
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
