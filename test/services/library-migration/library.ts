import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { jellyfinSchema, sqliteSchema, typeOf } from "./schema";

/** The person whose "Continue watching" must survive. */
export const ANNA = guid("user", 1);

/** Rows that each item of the library has in another table; the rest of the tables has a few of each. */
const PER_ITEM: Readonly<Record<string, number>> = {
    AncestorIds: 1,
    BaseItemImageInfos: 1,
    BaseItemProviders: 1,
    Chapters: 1,
    ItemValuesMap: 1,
    MediaStreamInfos: 2,
    PeopleBaseItemMap: 1,
};
/** Every so many items somebody has begun to watch. */
const WATCHED_EVERY = 10;
const FEW = 7;

/**
 * A library as a running Jellyfin leaves it.
 * @param file is made
 * @param items films in it, besides the placeholder
 */
export function makeLibrary(file: string, items: number): void {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    database.exec(sqliteSchema());
    database.exec("BEGIN");
    for (const table of Object.keys(jellyfinSchema.tables)) {
        const insert = inserter(database, table);
        const rows =
            table === "BaseItems"
                ? items + 1
                : table === "UserData" || table === "KeyframeData"
                  ? Math.ceil(items / WATCHED_EVERY)
                  : table === "ItemValues" || table === "Peoples"
                    ? Math.ceil(items / 100)
                    : items * (PER_ITEM[table] ?? 0) || FEW;
        for (let row = 0; row < rows; row++) insert(row, items);
    }
    database.exec("COMMIT");
    database.close();
}

/** Changes a library as somebody might have. @param text in SQL */
export function changeLibrary(file: string, text: string): void {
    const database = new DatabaseSync(file);
    database.exec(text);
    database.close();
}

/** A GUID as .NET writes it into SQLite: upper case. */
export function guid(kind: string, number: number): string {
    const digits = Buffer.from(kind.padEnd(4, "_").slice(0, 4)).toString("hex") + number.toString(16).padStart(24, "0");
    return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5").toUpperCase();
}

/** The n-th film; the 0th is the placeholder that every schema has. */
export function itemId(number: number): string {
    return number === 0 ? "00000000-0000-0000-0000-000000000001" : guid("item", number);
}

function inserter(database: DatabaseSync, table: string): (row: number, items: number) => void {
    const columns = Object.entries(jellyfinSchema.tables[table]?.columns ?? {});
    const marks = columns.map(() => "?").join(", ");
    const statement = database.prepare(
        `INSERT INTO "${table}" (${columns.map(([name]) => `"${name}"`).join(", ")}) VALUES (${marks})`,
    );
    return (row, items) =>
        statement.run(...columns.map(([name, definition]) => value(table, name, definition, row, items)));
}

function value(table: string, name: string, definition: string, row: number, items: number): SQLInputValue {
    const perItem = PER_ITEM[table] ?? 1;
    const item = table === "UserData" || table === "KeyframeData" ? row * WATCHED_EVERY : Math.floor(row / perItem);
    switch (`${table}.${name}`) {
        case "BaseItems.Id":
            return itemId(row);
        case "BaseItems.ParentId":
            // Parents may come after their children in the file.
            return row === 0 ? null : itemId(row % 50 === 0 ? 0 : Math.min(row - (row % 50) + 50, items));
        case "UserData.PlaybackPositionTicks":
            return position(row);
        case "UserData.LastPlayedDate":
            return "2026-03-06 21:14:09.1234567";
        case "BaseItems.Overview":
            return `Film ${row}: "one" said, 'two' said; naïve 映画 🎬\n${"and so on ".repeat(row % 20)}`;
        case "MediaStreamInfos.StreamIndex":
            return row % perItem;
        case "KeyframeData.KeyframeTicks":
            return `[0, 9007199254740993, ${row}]`;
        case "BaseItemImageInfos.Blurhash":
            return Buffer.from([row % 256, 0, 255]);
    }
    if (/^(ItemId|ParentItemId)$/.test(name)) return itemId((item % items) + 1);
    if (name === "UserId") return ANNA;
    if (name === "PeopleId") return guid("person", item % Math.ceil(items / 100));
    if (name === "ItemValueId") return guid("value", table === "ItemValues" ? row : item % Math.ceil(items / 100));
    if (name === "DisplayPreferencesId") return row + 1;
    if (table === "Users" && name === "Id") return guid("user", row + 1);
    return plain(table, name, typeOf(definition), definition.endsWith("not null"), row);
}

/** Ticks of 100 ns; more than a number of JSON holds exactly. */
export function position(row: number): bigint {
    return 9_007_199_254_740_993n + BigInt(row);
}

function plain(table: string, name: string, type: string, required: boolean, row: number): SQLInputValue {
    const isKey = jellyfinSchema.tables[table]?.key.includes(name) ?? false;
    if (!required && !isKey && row % 3 === 0) return null;
    if (type === "uuid") return guid(table === "Peoples" ? "person" : table.slice(0, 4), row);
    if (type === "boolean") return row % 2;
    if (type === "integer") return isKey ? row + 1 : row % 1000;
    if (type === "bigint") return BigInt(row) * 10_000_000n;
    if (type === "real" || type === "double precision") return row / 7;
    if (type === "timestamp with time zone") return `20${String(10 + (row % 15))}-02-28 23:59:59.${row % 10}`;
    if (type === "bytea") return Buffer.from(`bytes ${row}`);
    return `${name} ${row}`.slice(0, 32);
}
