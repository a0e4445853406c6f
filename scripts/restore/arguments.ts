/** What is restored from a backup of its own. */
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

/** A database as it was at a moment, beside the one that is used; or the end of that. */
export interface MomentRequest {
    readonly kind: "moment";
    /** Of the database. */
    readonly name: string;
    /** What is wanted of it. */
    readonly wanted:
        | {
              readonly do: "make";
              readonly at: Date;
              /** Nothing is changed. */
              readonly dryRun: boolean;
              /** Folder of the archive; `undefined`: that of the cluster as it is now. */
              readonly archive: string | undefined;
          }
        | { readonly do: "remove" };
}

export const USAGE = `npm run restore -- database <name> [--dry-run] [--replace] [--from <dump>]
npm run restore -- configuration <program> [--dry-run] [--replace] [--from <dump>]
npm run restore -- moment <database> --at <moment> [--dry-run] [--archive <folder>]
npm run restore -- moment <database> --remove

  --dry-run   says what would be done, after all has been looked at, and changes nothing
  --replace   throws away what the database holds, or puts the files aside; without it, only what is empty is restored
  --from      a dump by its name, like 20261128T023000Z; default: the newest that is whole
  --at        a moment with its zone, like 2026-11-28T02:30:00Z or 2026-11-28T03:30:00+01:00: a second server shows the
              database as it was then (database.mode: ha)
  --archive   folder of the bucket, where it is not that of the cluster as it is now
  --remove    takes that second server away

The cluster is that of kubectl: KUBECONFIG, or ~/.kube/config.`;

const DUMP_NAME = /^\d{8}T\d{6}Z$/;
const NAME = /^[a-z][a-z0-9_]*$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/;
const FOLDER = /^[a-z0-9][a-z0-9-]*$/;

/** @throws Error with what is wrong, and the usage */
export function parseArguments(words: readonly string[]): RestoreRequest | MomentRequest {
    const [word, name = "", ...options] = words;
    const kind = [...restoreKinds, "moment" as const].find((known) => known === word);
    if (kind === undefined) {
        return refuse(
            `${word ?? "nothing"}: only a database, a configuration or a moment can be restored by this; write database <name>`,
        );
    }
    if (!NAME.test(name))
        refuse(`"${name}" is no name of a ${kind === "moment" ? "database" : kind}; write one like jellyfin`);
    return kind === "moment" ? momentRequest(name, options) : restoreRequest(kind, name, options);
}

function refuse(wrong: string): never {
    throw new Error(`${wrong}\n\n${USAGE}`);
}

function restoreRequest(kind: RestoreKind, name: string, given: readonly string[]): RestoreRequest {
    const options = [...given];
    let [dryRun, replace, dump] = [false, false, ""];
    while (options.length > 0) {
        const option = options.shift();
        if (option === "--dry-run") dryRun = true;
        else if (option === "--replace") replace = true;
        else if (option === "--from") {
            dump = options.shift() ?? "";
            if (!DUMP_NAME.test(dump))
                refuse(`--from: "${dump}" is no name of a dump; write one like 20261128T023000Z`);
        } else refuse(`${option ?? ""}: is no option of ${kind}`);
    }
    return { kind, name, dryRun, replace, dump };
}

function momentRequest(name: string, given: readonly string[]): MomentRequest {
    const options = [...given];
    let [dryRun, remove] = [false, false];
    let [at, archive]: [Date | undefined, string | undefined] = [undefined, undefined];
    while (options.length > 0) {
        const option = options.shift();
        if (option === "--dry-run") dryRun = true;
        else if (option === "--remove") remove = true;
        else if (option === "--at") at = momentOf(options.shift() ?? "");
        else if (option === "--archive") {
            archive = options.shift() ?? "";
            if (!FOLDER.test(archive))
                refuse(
                    `--archive: "${archive}" is no folder of an archive; write one like jellyfin-postgres-ha-x1y2z3`,
                );
        } else refuse(`${option ?? ""}: is no option of moment`);
    }
    if (remove) {
        if (given.length > 1) refuse("--remove: takes no other option; write it alone");
        return { kind: "moment", name, wanted: { do: "remove" } };
    }
    if (at === undefined) return refuse("--at: is missing; write a moment like 2026-11-28T02:30:00Z, or --remove");
    return { kind: "moment", name, wanted: { do: "make", at, dryRun, archive } };
}

function momentOf(text: string): Date {
    const moment = new Date(text);
    if (!MOMENT.test(text) || Number.isNaN(moment.getTime()))
        refuse(`--at: "${text}" is no moment with its zone; write one like 2026-11-28T02:30:00Z`);
    if (moment.getTime() > Date.now()) refuse(`--at: ${text} is yet to come; write a moment that is over`);
    return moment;
}
