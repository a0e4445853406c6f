import type { Client } from "pg";
import { Checksum } from "./checksum";
import { type Column, columnKind } from "./column";
import { plainNumber, type PlainValue } from "./convert";
import { quoted } from "./identifier";
import { Kept } from "./kept";
import { Refusal } from "./refusal";

/** The history of the target's own schema stays; the source has another one. */
export const HISTORY = "__EFMigrationsHistory";
/** Rows that are read back at once. */
const FETCHED_ROWS = 2_000;
/** Any number that only migrations take. */
const LOCK = 6_107_431;

interface Reference {
    readonly table: string;
    readonly name: string;
    /** As PostgreSQL writes it, without the name. */
    readonly definition: string;
    readonly columns: readonly string[];
    readonly parent: string;
    readonly parentColumns: readonly string[];
}

/** The database of a Jellyfin that has started once on it, in one transaction: it ends with {@link commit} or not at all. */
export class Target {
    /** What earlier migrations have replaced. */
    readonly kept: Kept;

    private constructor(
        private readonly client: Client,
        /** Columns by table. */
        readonly tables: ReadonlyMap<string, readonly Column[]>,
    ) {
        this.kept = new Kept(client);
    }

    /**
     * Begins the transaction.
     * @throws Refusal where another session uses the database, or nothing has made its schema
     */
    static async open(client: Client): Promise<Target> {
        await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
        const { rows: locks } = await client.query<{ free: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS free", [
            LOCK,
        ]);
        if (locks[0]?.free !== true) throw new Refusal(["target: another migration is running; wait for its end"]);
        const { rows: others } = await client.query<{ pid: number; application: string }>(
            `SELECT pid, application_name AS application FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND usename = current_user`,
        );
        if (others.length > 0)
            throw new Refusal([
                `target: ${others.length} other sessions of this user are open (a server would write between the rows); stop Jellyfin: kubectl scale statefulset jellyfin --replicas 0`,
            ]);
        const { rows } = await client.query<{
            table: string;
            column: string;
            type: string;
            nullable: boolean;
            length: number | null;
        }>(
            `SELECT table_name AS table, column_name AS column, udt_name AS type, is_nullable = 'YES' AS nullable,
                    character_maximum_length AS length
             FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> $1
             ORDER BY table_name, ordinal_position`,
            [HISTORY],
        );
        const tables = new Map<string, Column[]>();
        for (const { table, column, type, nullable, length } of rows) {
            const kind = columnKind(table, column, type);
            tables.set(table, [
                ...(tables.get(table) ?? []),
                { name: column, kind, nullable, maxLength: length ?? undefined },
            ]);
        }
        if (tables.size === 0)
            throw new Refusal([
                "target: has no tables (its schema comes from Jellyfin itself); start one replica on the empty database once, stop it, and come again",
            ]);
        return new Target(client, tables);
    }

    async rowCount(table: string): Promise<number> {
        const { rows } = await this.client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${quoted(table)}`);
        return Number(rows[0]?.rows);
    }

    /** Empties every table, without its references to others; they are given back by {@link refer}. */
    async clear(): Promise<readonly Reference[]> {
        const references = await this.references();
        for (const { table, name } of references)
            await this.client.query(`ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${quoted(name)}`);
        await this.client.query(`TRUNCATE ${[...this.tables.keys()].map(quoted).join(", ")}`);
        return references;
    }

    /** @param rows values in the order of the table's columns */
    async insert(table: string, rows: readonly (readonly PlainValue[])[]): Promise<void> {
        const columns = this.columnsOf(table);
        const values = columns.map((column, index) => parsed(column, `value ->> ${index}`));
        await this.client.query(
            `INSERT INTO ${quoted(table)} (${columns.map(({ name }) => quoted(name)).join(", ")}) OVERRIDING SYSTEM VALUE
             SELECT ${values.join(", ")} FROM jsonb_array_elements($1::jsonb)`,
            [JSON.stringify(rows)],
        );
    }

    /** The rows of a table in the form of the source's, some at a time. */
    async *rows(table: string): AsyncGenerator<readonly PlainValue[]> {
        const columns = this.columnsOf(table);
        const values = columns.map(({ kind, name }) => `${written(kind, quoted(name))} AS ${quoted(name)}`);
        await this.client.query(
            `DECLARE reading NO SCROLL CURSOR FOR SELECT ${values.join(", ")} FROM ${quoted(table)}`,
        );
        for (;;) {
            const { rows } = await this.client.query<PlainValue[]>({
                text: `FETCH ${FETCHED_ROWS} FROM reading`,
                rowMode: "array",
            });
            for (const row of rows)
                yield row.map((value, index) => (value === null ? null : sameForm(value, columns[index])));
            if (rows.length < FETCHED_ROWS) break;
        }
        await this.client.query("CLOSE reading");
    }

    /** What a table holds, read back. */
    async checksum(table: string): Promise<Checksum> {
        const found = new Checksum();
        for await (const row of this.rows(table)) found.add(row);
        return found;
    }

    /** Sets rows aside whose parent does not exist; SQLite may hold some. @returns their number by table */
    async setOrphansAside(references: readonly Reference[]): Promise<ReadonlyMap<string, number>> {
        await this.client.query(`TRUNCATE ${this.kept.orphans}`);
        const counts = new Map<string, number>();
        for (let found = true; found;) {
            found = false;
            for (const { table, columns, parent, parentColumns } of references) {
                const matches = columns.map(
                    (column, at) => `parent.${quoted(parentColumns[at] ?? "")} = child.${quoted(column)}`,
                );
                const named = columns.map((column) => `child.${quoted(column)} IS NOT NULL`);
                const { rowCount } = await this.client.query(
                    `WITH gone AS (
                        DELETE FROM ${quoted(table)} AS child
                        WHERE ${named.join(" AND ")} AND NOT EXISTS (SELECT FROM ${quoted(parent)} AS parent WHERE ${matches.join(" AND ")})
                        RETURNING to_jsonb(child) AS row)
                     INSERT INTO ${this.kept.orphans} SELECT $1, row FROM gone`,
                    [table],
                );
                const moved = rowCount ?? 0;
                if (moved > 0) counts.set(table, (counts.get(table) ?? 0) + moved);
                found ||= moved > 0;
            }
        }
        return counts;
    }

    async refer(references: readonly Reference[]): Promise<void> {
        for (const { table, name, definition } of references)
            await this.client.query(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${definition}`);
    }

    /** Has each table go on counting after its highest number: rows that come with a number do not move the counter. */
    async advanceCounters(): Promise<void> {
        const { rows } = await this.client.query<{ table: string; column: string; counter: string }>(
            `SELECT * FROM (
                 SELECT table_name AS table, column_name AS column,
                        pg_get_serial_sequence(quote_ident(table_schema) || '.' || quote_ident(table_name), column_name) AS counter
                 FROM information_schema.columns WHERE table_schema = 'public') AS columns
             WHERE counter IS NOT NULL`,
        );
        for (const { table, column, counter } of rows)
            await this.client.query(
                `SELECT setval($1, COALESCE(max(${quoted(column)}), 0) + 1, false) FROM ${quoted(table)}`,
                [counter],
            );
    }

    /**
     * Puts back what the newest migration has replaced.
     * @returns whether an earlier one has replaced something too, which a second call puts back
     * @throws Refusal where nothing was kept
     */
    async rollBack(): Promise<boolean> {
        if (!(await this.kept.isThere()))
            throw new Refusal(["target: was never migrated; there is nothing to go back to"]);
        const references = await this.clear();
        for (const [table, columns] of this.tables)
            await this.kept.putBack(
                table,
                columns.map(({ name }) => name),
            );
        await this.refer(references);
        await this.advanceCounters();
        return this.kept.forget();
    }

    async commit(): Promise<void> {
        await this.client.query("COMMIT");
    }

    async abandon(): Promise<void> {
        await this.client.query("ROLLBACK");
    }

    private columnsOf(table: string): readonly Column[] {
        const columns = this.tables.get(table);
        if (columns === undefined) throw new Error(`the target has no table ${table}`);
        return columns;
    }

    private async references(): Promise<readonly Reference[]> {
        const { rows } = await this.client.query<Reference>(
            `SELECT child.relname AS table, conname AS name, pg_get_constraintdef(pg_constraint.oid) AS definition, parent.relname AS parent,
                    ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key(number, at)
                          JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY at) AS columns,
                    ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key(number, at)
                          JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY at) AS "parentColumns"
             FROM pg_constraint JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
             WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2`,
        );
        return rows;
    }
}

/** From the text form to the column. */
function parsed({ kind, name }: Column, text: string): string {
    switch (kind) {
        case "timestamp":
            return `timestamptz 'epoch' + (${text})::bigint * interval '1 microsecond'`;
        case "bytes":
            return `decode(${text}, 'hex')`;
        case "uuid":
        case "boolean":
        case "integer":
        case "bigint":
        case "real":
            return `(${text})::${kind}`;
        case "double":
            return `(${text})::float8`;
        case "bigints":
            return `(${text})::bigint[]`;
        case "text":
            return `(${text})`;
        default:
            throw new Error(`${name}: no such kind of column: ${String(kind satisfies never)}`);
    }
}

/** From the column to the text form. */
function written(kind: Column["kind"], column: string): string {
    switch (kind) {
        case "timestamp":
            return `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
        case "bytes":
            return `encode(${column}, 'hex')`;
        default:
            return `${column}::text`;
    }
}

/** Only numbers with a point have more than one text. */
function sameForm(value: string, column: Column | undefined): string {
    return column?.kind === "real" || column?.kind === "double"
        ? plainNumber(column.kind === "real" ? Math.fround(Number(value)) : Number(value))
        : value;
}
