import { jellyfinSchema, typeOf } from "./schema";

/** A sum of remainders stays small in both databases, and one number that differs changes it. */
const MODULUS = 1_000_003;

/**
 * What SQLite and PostgreSQL answer alike where they hold the same, without anything of the program that moved it: rows, and of
 * each column the values that are there, with the sum of numbers and of flags and the length of texts.
 */
export function sumsOf(table: string): string {
    const columns = Object.entries(jellyfinSchema.tables[table]?.columns ?? {});
    const figures = columns.flatMap(([name, definition]) => [
        figure(`count("${name}")`, name),
        ...summed(`"${name}"`, typeOf(definition)).map((sum) => figure(`sum(${sum})`, `${name}, sum`)),
    ]);
    return `SELECT ${[figure("count(*)", "rows"), ...figures].join(", ")} FROM "${table}"`;
}

/** A line for each film that somebody has begun: who, how far, whether to the end, how often, and whether they like it. */
export const WATCHED = `
    SELECT lower(CAST("ItemId" AS text)) || ' ' || lower(CAST("UserId" AS text)) || ' at ' || "PlaybackPositionTicks" || ', played '
           || CAST("Played" AS integer) || ' ' || "PlayCount" || ' times, favourite ' || CAST("IsFavorite" AS integer) AS line
      FROM "UserData"`;

/** As text, since the drivers have other types for the same number. */
function figure(expression: string, name: string): string {
    return `CAST(coalesce(${expression}, 0) AS text) AS "${name}"`;
}

function summed(column: string, type: string): string[] {
    if (/^(integer|bigint)$/.test(type)) return [`${column} % ${MODULUS}`];
    if (type === "boolean") return [`CAST(${column} AS integer)`];
    return /^(text|character varying)/.test(type) ? [`length(${column})`] : [];
}
