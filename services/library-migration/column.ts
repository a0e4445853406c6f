/** How a column of the target holds a value; what its SQLite counterpart holds is converted to it. */
export type ColumnKind =
    "uuid" | "boolean" | "integer" | "bigint" | "real" | "double" | "timestamp" | "bytes" | "text" | "bigints";

export interface Column {
    readonly name: string;
    readonly kind: ColumnKind;
    readonly nullable: boolean;
    /** Longest text that fits, in characters; `undefined`: any. */
    readonly maxLength: number | undefined;
}

const kinds: Readonly<Record<string, ColumnKind>> = {
    uuid: "uuid",
    bool: "boolean",
    int4: "integer",
    int8: "bigint",
    float4: "real",
    float8: "double",
    timestamptz: "timestamp",
    bytea: "bytes",
    text: "text",
    varchar: "text",
    _int8: "bigints",
};

/**
 * @param postgresType its short name, as `pg_type` has it: `int4`, `_int8`
 * @throws Error for a type that no known release of the schema uses
 */
export function columnKind(table: string, column: string, postgresType: string): ColumnKind {
    const kind = kinds[postgresType];
    if (kind === undefined) {
        throw new Error(
            `${table}.${column}: has the type ${postgresType} (the schema of this Jellyfin is newer than the migration); use a release of it that knows the type`,
        );
    }
    return kind;
}
