import { parseArgs } from "node:util";
import { kubectl } from "./migrate/kubectl";
import { type Task } from "./migrate/objects";
import { migrationProgram } from "./migrate/program";
import { runMigration } from "./migrate/run";

const usage = `usage: npm run migrate -- jellyfin [options]
  moves the library of a stopped Jellyfin from SQLite into the house's PostgreSQL, by a Job in the cluster of your kubeconfig

  --dry-run              reads and compares everything, and changes nothing
  --source <path>        the library below /config; default data/jellyfin.db
  --replace              replaces a database that has been used, since a migration too; it is kept for --rollback
  --rollback             puts back what was in the database before the newest migration, and again: before that
  --namespace <name>     default jellyfin

docs/how-to/migrate-from-sqlite.md has the whole way.`;

function task(args: readonly string[]): { task: Task; namespace: string } | undefined {
    const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
            "dry-run": { type: "boolean", default: false },
            source: { type: "string", default: "data/jellyfin.db" },
            replace: { type: "boolean", default: false },
            rollback: { type: "boolean", default: false },
            namespace: { type: "string", default: "jellyfin" },
        },
    });
    const { source, replace, rollback, namespace, "dry-run": dryRun } = values;
    if (positionals.join() !== "jellyfin" || (rollback && (dryRun || replace))) return undefined;
    if (!/^[\w.-]+(\/[\w.-]+)*$/.test(source) || source.split("/").includes(".."))
        throw new Error(`--source ${source}: is no path below /config; write one like data/jellyfin.db`);
    const kind = rollback ? "roll-back" : dryRun ? "check" : "migrate";
    return { task: { kind, source, replace }, namespace };
}

async function main(): Promise<number> {
    const asked = task(process.argv.slice(2));
    if (asked === undefined) {
        console.error(usage);
        return 2;
    }
    const program = await migrationProgram();
    const succeeded = await runMigration({ ...asked, program, kubectl, say: (line) => console.log(line) });
    return succeeded ? 0 : 1;
}

void main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
        console.error(`migrate: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
    },
);
