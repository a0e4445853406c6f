/** What can be restored. */
export const restoreKinds = ["database", "configuration"] as const;

export type RestoreKind = (typeof restoreKinds)[number];

/** What somebody asks for. */
export interface RestoreRequest {
    readonly kind: RestoreKind;
    /** Of the database, or of the program whose configuration it is. */
    readonly name: string;
    /** Nothing is changed. */
    readonly dryRun: boolean;
    /** What a database holds is thrown away; files are put aside. */
    readonly replace: boolean;
    /** Name of a dump, `20261128T023000Z`; empty: the newest. */
    readonly dump: string;
}

export const USAGE = `npm run restore -- database <name> [--dry-run] [--replace] [--from <dump>]
npm run restore -- configuration <program> [--dry-run] [--replace] [--from <dump>]

  --dry-run   fetches the dump, checks it and what is there, says what would be done, and changes nothing
  --replace   throws away what the database holds, or puts the files aside; without it, only what is empty is restored
  --from      a dump by its name, like 20261128T023000Z; default: the newest that is whole

The cluster is that of kubectl: KUBECONFIG, or ~/.kube/config.`;

const DUMP_NAME = /^\d{8}T\d{6}Z$/;
const NAME = /^[a-z][a-z0-9_]*$/;

/** @throws Error with what is wrong, and the usage */
export function parseArguments(words: readonly string[]): RestoreRequest {
    const refuse = (wrong: string): never => {
        throw new Error(`${wrong}\n\n${USAGE}`);
    };
    const [word, name = "", ...options] = words;
    const kind =
        restoreKinds.find((known) => known === word) ??
        refuse(
            `${word ?? "nothing"}: only a database or a configuration can be restored by this; write database <name>`,
        );
    if (!NAME.test(name)) refuse(`"${name}" is no name of a ${kind}; write one like jellyfin`);
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
    return { kind, name, dryRun, replace, dump };
}
