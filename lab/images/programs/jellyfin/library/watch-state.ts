import type { Database } from "../database/database";
import { plainId } from "./library";

export interface Position {
    readonly itemId: string;
    readonly ticks: number;
    readonly lastPlayed: Date;
}

interface PositionRow {
    readonly ItemId: string;
    readonly PlaybackPositionTicks: string;
    readonly LastPlayedDate: Date;
}

const SELECT = `SELECT "ItemId", "PlaybackPositionTicks", "LastPlayedDate" FROM "UserData" WHERE "UserId" = $1`;
/** Entries of the cache; the oldest goes first. */
const CACHE_ENTRIES = 1_000;

function toPosition(row: PositionRow): Position {
    return {
        itemId: plainId(row.ItemId),
        ticks: Number(row.PlaybackPositionTicks),
        lastPlayed: row.LastPlayedDate,
    };
}

/**
 * How far somebody has watched: kept in the database, and what this process has read or written once is not read again.
 * Another replica's later writes are therefore not seen here for an item that was already asked for.
 */
export class WatchState {
    private readonly cache = new Map<string, Position | undefined>();

    constructor(private readonly database: Database) {}

    async position(userId: string, itemId: string): Promise<Position | undefined> {
        const key = `${userId} ${plainId(itemId)}`;
        if (this.cache.has(key)) return this.cache.get(key);
        const row = await this.database.row<PositionRow>(`${SELECT} AND "ItemId" = $2`, [userId, itemId]);
        return this.remember(key, row && toPosition(row));
    }

    /** What was begun and not finished, the latest first; which items those are is asked of the database. */
    async begun(userId: string): Promise<Position[]> {
        const rows = await this.database.rows<PositionRow>(
            `${SELECT} AND "PlaybackPositionTicks" > 0 ORDER BY "LastPlayedDate" DESC`,
            [userId],
        );
        return rows.map(toPosition);
    }

    async save(userId: string, itemId: string, ticks: number): Promise<void> {
        const row = await this.database.row<PositionRow>(
            `INSERT INTO "UserData" VALUES ($1::uuid, $2, $1::uuid::text, $3, now())
             ON CONFLICT ("ItemId", "UserId", "CustomDataKey")
             DO UPDATE SET "PlaybackPositionTicks" = excluded."PlaybackPositionTicks", "LastPlayedDate" = now()
             RETURNING "ItemId", "PlaybackPositionTicks", "LastPlayedDate"`,
            [itemId, userId, ticks],
        );
        this.remember(`${userId} ${plainId(itemId)}`, row && toPosition(row));
    }

    private remember(key: string, position: Position | undefined): Position | undefined {
        this.cache.delete(key);
        this.cache.set(key, position);
        const [oldest] = this.cache.keys();
        if (this.cache.size > CACHE_ENTRIES && oldest !== undefined) this.cache.delete(oldest);
        return position;
    }
}
