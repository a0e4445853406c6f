/** What somebody asks for. */
export interface RestoreRequest {
    readonly databaseName: string;
    /** Nothing is changed. */
    readonly dryRun: boolean;
    /** What the database holds is thrown away. */
    readonly replace: boolean;
    /** Name of a dump, `20261128T023000Z`; empty: the newest. */
    readonly dump: string;
}

export const USAGE = `npm run restore -- database <name> [--dry-run] [--replace] [--from <dump>]

  --dry-run   fetches the dump, checks it and the database, says what would be done, and changes nothing
  --replace   throws away what the database holds; without it, only an empty database is restored
  --from      a dump by its name, like 20261128T023000Z; default: the newest that is whole

The cluster is that of kubectl: KUBECONFIG, or ~/.kube/config.`;

const DUMP_NAME = /^\d{8}T\d{6}Z$/;
const DATABASE_NAME = /^[a-z][a-z0-9_]*$/;

/** @throws Error with what is wrong, and the usage */
export function parseArguments(words: readonly string[]): RestoreRequest {
    const refuse = (wrong: string): never => {
        throw new Error(`${wrong}\n\n${USAGE}`);
    };
    const [kind, databaseName = "", ...options] = words;
    if (kind !== "database")
        refuse(`${kind ?? "nothing"}: only a database can be restored by this; write database <name>`);
    if (!DATABASE_NAME.test(databaseName))
        refuse(`"${databaseName}" is no name of a database; write one like jellyfin`);
    let [dryRun, replace, dump] = [false, false, ""];
    while (options.length > 0) {
        const option = options.shift();
        if (option === "--dry-run") dryRun = true;
        else if (option === "--replace") replace = true;
        else if (option === "--from") {
            dump = options.shift() ?? "";
            if (!DUMP_NAME.test(dump))
                refuse(`--from: "${dump}" is no name of a dump; write one like 20261128T023000Z`);
        } else refuse(`${option ?? ""}: is no option`);
    }
    return { databaseName, dryRun, replace, dump };
}
