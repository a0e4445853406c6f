/**
 * The tables of a PostgreSQL database as SQLite would have them.
 * @param columns lines `table|column|type`, as `psql` prints them
 */
export function sqliteSchemaOf(columns: string): string {
    const tables = new Map<string, string[]>();
    for (const line of columns.trim().split("\n")) {
        const [table = "", column = "", type = ""] = line.split("|");
        tables.set(table, [...(tables.get(table) ?? []), `"${column}" ${sqliteType(type)}`]);
    }
    return [...tables].map(([table, parts]) => `CREATE TABLE "${table}" (${parts.join(", ")});`).join("\n");
}

function sqliteType(type: string): string {
    if (/^(bool|int4|int8)$/.test(type)) return "INTEGER";
    return /^float/.test(type) ? "REAL" : "TEXT";
}
