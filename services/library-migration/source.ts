import { constants, copyFileSync, existsSync, linkSync, mkdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { Column } from "./column";
import type { SourceValue } from "./convert";
import { quoted } from "./identifier";
import { Refusal } from "./refusal";

/** A running server writes at least its activity this often; so long the files must not change, milliseconds. */
const QUIET_MS = 3_000;
const COMPANIONS = ["-wal", "-shm"];

/** The library of a stopped Jellyfin, read from a copy: the original is never opened for writing. */
export class Source {
    private constructor(
        private readonly database: DatabaseSync,
        /** The copy, which is the backup too. */
        readonly backup: string,
    ) {}

    /**
     * Copies the file and opens the copy.
     * @param file `jellyfin.db` of a Jellyfin of the target's release
     * @param backupFolder gets the copy, in a folder of its own
     * @throws Refusal where a server still runs on it, or it is no whole database
     */
    static async open(file: string, backupFolder: string, quietMs = QUIET_MS): Promise<Source> {
        await refuseUnlessQuiet(file, quietMs);
        const needed = [file, `${file}-wal`].reduce(
            (sum, each) => sum + (existsSync(each) ? statSync(each).size : 0),
            0,
        );
        mkdirSync(backupFolder, { recursive: true });
        const { bavail, bsize } = statfsSync(backupFolder);
        if (bavail * bsize < needed)
            throw new Refusal([
                `${backupFolder}: has ${mebibytes(bavail * bsize)} MiB left, and the copy of ${file} needs ${mebibytes(needed)}; make room there`,
            ]);
        const copy = join(backupFolder, basename(file));
        for (const companion of ["", ...COMPANIONS]) {
            rmSync(`${copy}${companion}`, { force: true });
            // The index of the log is made anew; one from another machine may lie.
            if (companion !== "-shm" && existsSync(`${file}${companion}`))
                copyFileSync(`${file}${companion}`, `${copy}${companion}`, constants.COPYFILE_FICLONE);
        }
        const database = new DatabaseSync(copy);
        try {
            database.exec("PRAGMA journal_mode = DELETE");
            const [fault] = database
                .prepare("PRAGMA quick_check(1)")
                .all()
                .map((row) => String(row["quick_check"]))
                .filter((word) => word !== "ok");
            if (fault !== undefined) throw new Error(fault);
        } catch (error) {
            database.close();
            throw new Refusal([
                `${file}: is no whole SQLite database (${error instanceof Error ? error.message : String(error)}); restore it from a backup, or let Jellyfin open it once and stop it`,
            ]);
        }
        return new Source(database, copy);
    }

    /** Columns by table. */
    tables(): ReadonlyMap<string, readonly string[]> {
        const tables = this.database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            .all()
            .map((row) => String(row["name"]));
        return new Map(
            tables.map((table) => [
                table,
                this.database
                    .prepare("SELECT name FROM pragma_table_info(?)")
                    .all(table)
                    .map((row) => String(row["name"])),
            ]),
        );
    }

    rowCount(table: string): number {
        return Number(this.database.prepare(`SELECT count(*) AS rows FROM ${quoted(table)}`).get()?.["rows"]);
    }

    /** The rows of a table, one after the other: never all of them in memory. */
    *rows(table: string, columns: readonly Column[]): Generator<readonly SourceValue[]> {
        const names = columns.map(({ name }) => name);
        const statement = this.database.prepare(`SELECT ${names.map(quoted).join(", ")} FROM ${quoted(table)}`);
        statement.setReadBigInts(true);
        for (const row of statement.iterate()) yield names.map((name) => row[name] ?? null);
    }

    close(): void {
        this.database.close();
    }
}

/** Whoever has the file open holds a lock on it; who does not see the lock, over NFS, sees at least that it changes. */
async function refuseUnlessQuiet(file: string, quietMs: number): Promise<void> {
    if (!existsSync(file)) {
        const former = join(dirname(file), "library.db");
        throw new Refusal([
            existsSync(former)
                ? `${file}: is not there, but ${former} is (before 10.11 the library was in two files); start this library once with the release that you migrate to, stop it, and come again`
                : `${file}: is not there; give the path of jellyfin.db with --source`,
        ]);
    }
    const before = stampOf(file);
    await setTimeout(quietMs);
    if (stampOf(file) !== before || isLocked(file))
        throw new Refusal([
            `${file}: is in use (a library that changes while it is copied would be torn); stop that Jellyfin first`,
        ]);
}

function stampOf(file: string): string {
    return ["", ...COMPANIONS]
        .map((companion) =>
            existsSync(`${file}${companion}`) ? statSync(`${file}${companion}`, { bigint: true }) : undefined,
        )
        .map((stat) => (stat === undefined ? "" : `${stat.size} ${stat.mtimeNs}`))
        .join("\n");
}

/**
 * Asks for the lock that leaves nobody beside it, by a second name of the file: under its own, SQLite would find what a
 * stopped server left in the log, and would write that into the file when it is closed.
 */
function isLocked(file: string): boolean {
    const other = `${file}.lock-probe`;
    const gone = () => ["", "-journal", ...COMPANIONS].forEach((each) => rmSync(`${other}${each}`, { force: true }));
    gone();
    let database: DatabaseSync | undefined;
    try {
        linkSync(file, other);
        database = new DatabaseSync(other, { timeout: 0 });
        database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;");
        return false;
    } catch (error) {
        // Whatever else is wrong with it is told when the copy is opened; a NAS without second names has shown that nothing changes.
        return error instanceof Error && /locked|busy/i.test(error.message);
    } finally {
        database?.close();
        gone();
    }
}

function mebibytes(bytes: number): number {
    return Math.ceil(bytes / 1024 ** 2);
}
