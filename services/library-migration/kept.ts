import type { Client } from "pg";
import { quoted } from "./identifier";

/** Holds what was in the database before the newest migration that replaced anything, and rows without a parent. */
const BEFORE = "before_migration";
const ORPHANS = "orphans";
/** Checksums of the tables as the newest migration left them. */
const ARRIVED = "arrived";

/**
 * What migrations have replaced, in schemas beside the tables: the newest in `before_migration`, older ones in
 * `before_migration_<date>_<time>` with the moment, UTC, at which a newer one took its place.
 */
export class Kept {
    /** Table of rows whose parent does not exist, as SQL names it. */
    readonly orphans = `${BEFORE}.${ORPHANS}`;

    constructor(private readonly client: Client) {}

    /** Whether the database was ever migrated, and not taken back since. */
    async isThere(): Promise<boolean> {
        const { rows } = await this.client.query("SELECT FROM pg_namespace WHERE nspname = $1", [BEFORE]);
        return rows.length > 0;
    }

    /**
     * Copies what is in the tables.
     * @returns the schema that what was kept before lies in from here on; `undefined` where there was nothing
     */
    async keep(tables: Iterable<string>): Promise<string | undefined> {
        const older = (await this.isThere()) ? await this.setAside() : undefined;
        await this.client.query(`CREATE SCHEMA ${BEFORE}`);
        for (const table of tables)
            await this.client.query(`CREATE TABLE ${BEFORE}.${quoted(table)} AS TABLE ${quoted(table)}`);
        await this.client.query(`CREATE TABLE ${this.orphans} ("table" text NOT NULL, row jsonb NOT NULL)`);
        return older;
    }

    /** Notes what a migration has left. @param checksums by table */
    async note(checksums: ReadonlyMap<string, string>): Promise<void> {
        const noted = `${BEFORE}.${ARRIVED}`;
        await this.client.query(
            `CREATE TABLE IF NOT EXISTS ${noted} ("table" text PRIMARY KEY, checksum text NOT NULL)`,
        );
        await this.client.query(`TRUNCATE ${noted}`);
        await this.client.query(`INSERT INTO ${noted} SELECT * FROM jsonb_each_text($1::jsonb)`, [
            JSON.stringify(Object.fromEntries(checksums)),
        ]);
    }

    /** What the newest migration has left, checksums by table; none where it did not note them. */
    async noted(): Promise<ReadonlyMap<string, string>> {
        const { rows: found } = await this.client.query(
            "SELECT FROM pg_tables WHERE (schemaname, tablename) = ($1, $2)",
            [BEFORE, ARRIVED],
        );
        if (found.length === 0) return new Map();
        const { rows } = await this.client.query<{ table: string; checksum: string }>(
            `SELECT "table", checksum FROM ${BEFORE}.${ARRIVED}`,
        );
        return new Map(rows.map(({ table, checksum }) => [table, checksum]));
    }

    /** Puts the rows back that a table had. @param columns names of all its columns */
    async putBack(table: string, columns: readonly string[]): Promise<void> {
        const names = columns.map(quoted).join(", ");
        await this.client.query(
            `INSERT INTO ${quoted(table)} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${BEFORE}.${quoted(table)}`,
        );
    }

    /** Forgets the newest. @returns whether an older one has taken its place */
    async forget(): Promise<boolean> {
        await this.client.query(`DROP SCHEMA ${BEFORE} CASCADE`);
        const { rows } = await this.client.query<{ name: string }>(
            "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE $1 ORDER BY nspname DESC LIMIT 1",
            [`${BEFORE.replaceAll("_", "\\_")}\\_%`],
        );
        const [older] = rows;
        if (older === undefined) return false;
        await this.client.query(`ALTER SCHEMA ${quoted(older.name)} RENAME TO ${BEFORE}`);
        return true;
    }

    private async setAside(): Promise<string> {
        const { rows } = await this.client.query<{ stamp: string }>(
            "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS') AS stamp",
        );
        const older = `${BEFORE}_${rows[0]?.stamp ?? ""}`;
        await this.client.query(`ALTER SCHEMA ${BEFORE} RENAME TO ${quoted(older)}`);
        return older;
    }
}
