import schema from "./jellyfin-10.11.11.json";

/** Tables and columns of Jellyfin 10.11.11 as its PostgreSQL provider makes them: facts of its model snapshot. */
interface Schema {
    readonly tables: Readonly<
        Record<string, { readonly key: readonly string[]; readonly columns: Readonly<Record<string, string>> }>
    >;
    readonly references: readonly {
        readonly table: string;
        readonly columns: readonly string[];
        readonly of: string;
    }[];
}

export const jellyfinSchema: Schema = schema;

/** Type of a column without its constraints: `character varying(64)`. */
export function typeOf(definition: string): string {
    return definition.replace(/ (not null|generated.*)$/, "");
}

/** What the PostgreSQL provider makes at its first start: tables, references, the history, the placeholder. */
export function postgresSchema(): string {
    const tables = Object.entries(jellyfinSchema.tables).map(
        ([table, { key, columns }]) =>
            `CREATE TABLE "${table}" (${[
                ...Object.entries(columns).map(([name, definition]) => `"${name}" ${definition}`),
                `PRIMARY KEY (${names(key)})`,
            ].join(", ")});`,
    );
    const references = jellyfinSchema.references.map(
        ({ table, columns, of }) =>
            `ALTER TABLE "${table}" ADD FOREIGN KEY (${names(columns)}) REFERENCES "${of}" (${names(jellyfinSchema.tables[of]?.key ?? [])}) ON DELETE CASCADE;`,
    );
    return [
        ...tables,
        ...references,
        `CREATE TABLE "__EFMigrationsHistory" ("MigrationId" text PRIMARY KEY, "ProductVersion" text);`,
        `INSERT INTO "__EFMigrationsHistory" VALUES ('20250913211637_Initial', '9.0.11');`,
        `INSERT INTO "BaseItems" ("Id", "Type", "IsFolder", "IsInMixedFolder", "IsLocked", "IsMovie", "IsRepeat", "IsSeries", "IsVirtualItem")
         VALUES ('00000000-0000-0000-0000-000000000001', 'PLACEHOLDER', false, false, false, false, false, false, false);`,
    ].join("\n");
}

/** The same tables as SQLite has them: four types, no lengths, references that nobody enforced. */
export function sqliteSchema(): string {
    return [
        ...Object.entries(jellyfinSchema.tables).map(
            ([table, { key, columns }]) =>
                `CREATE TABLE "${table}" (${[
                    ...Object.entries(columns).map(
                        ([name, definition]) => `"${name}" ${sqliteType(typeOf(definition))}`,
                    ),
                    `PRIMARY KEY (${names(key)})`,
                ].join(", ")});`,
        ),
        `CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT PRIMARY KEY, "ProductVersion" TEXT);`,
        `INSERT INTO "__EFMigrationsHistory" VALUES ('20250925203415_Last', '9.0.11');`,
    ].join("\n");
}

function sqliteType(type: string): string {
    if (/^(integer|bigint|boolean)$/.test(type)) return "INTEGER";
    if (/^(real|double precision)$/.test(type)) return "REAL";
    return type === "bytea" ? "BLOB" : "TEXT";
}

function names(columns: readonly string[]): string {
    return columns.map((name) => `"${name}"`).join(", ");
}
