import { createHash } from "node:crypto";
import { readdirSync, type Dirent } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Database } from "../database/database";

/** 100 nanoseconds, the unit of every position and duration. */
export const TICKS_PER_SECOND = 10_000_000;
/** Every film of the stand-in is a test picture of this length, whatever its file holds. */
export const FILM_SECONDS = 600;

export interface Item {
    readonly id: string;
    readonly type: "CollectionFolder" | "Folder" | "Video";
    readonly name: string;
    readonly path: string | null;
    readonly isFolder: boolean;
    /** `null` for what has no end: folders. */
    readonly runTimeTicks: number | null;
}

/** Always in the library, so that there is something to play in an empty house. */
export const TEST_PICTURE = "7e57f11b00000000000000000000f11b";

const VIDEO = new Set([".mkv", ".mp4", ".m4v", ".avi", ".ts", ".webm", ".mov"]);
/** Folders below a library: series, season. */
const DEPTH = 4;

interface ItemRow {
    readonly Id: string;
    readonly Type: Item["type"];
    readonly Name: string;
    readonly Path: string | null;
    readonly IsFolder: boolean;
    readonly RunTimeTicks: string | null;
}

const SELECT = `SELECT "Id", "Type", "Name", "Path", "IsFolder", "RunTimeTicks" FROM "BaseItems"`;

function toItem(row: ItemRow): Item {
    return {
        id: plainId(row.Id),
        type: row.Type,
        name: row.Name,
        path: row.Path,
        isFolder: row.IsFolder,
        runTimeTicks: row.RunTimeTicks === null ? null : Number(row.RunTimeTicks),
    };
}

/** Ids go over the wire without dashes, and come in either way. */
export function plainId(id: string): string {
    return id.replaceAll("-", "").toLowerCase();
}

/** Whether this can be an id at all: 32 hexadecimal digits, dashes apart. */
export function isId(text: string): boolean {
    return /^[0-9a-f]{32}$/.test(plainId(text));
}

/** The films, as the database has them; found in the library's folders by `scan`. */
export class Library {
    constructor(
        private readonly database: Database,
        private readonly folder: string,
    ) {}

    async byId(id: string): Promise<Item | undefined> {
        if (!isId(id)) return undefined;
        const row = await this.database.row<ItemRow>(`${SELECT} WHERE "Id" = $1`, [id]);
        return row && toItem(row);
    }

    /** Everything below a folder, or of the whole library; `recursive: false`: only what lies directly in it. */
    async list(parentId: string | undefined, recursive: boolean): Promise<Item[]> {
        const rows = await this.database.rows<ItemRow>(
            recursive && parentId === undefined
                ? `${SELECT} WHERE NOT "IsFolder" ORDER BY "Name"`
                : `${SELECT} WHERE "ParentId" IS NOT DISTINCT FROM $1 ORDER BY "Name"`,
            recursive && parentId === undefined ? [] : [parentId ?? null],
        );
        return rows.map(toItem);
    }

    /** What is there in an empty house, too. */
    addTestPicture(): Promise<void> {
        return this.add({ id: TEST_PICTURE, type: "Video", name: "Test picture", path: null, parentId: null });
    }

    /**
     * Adds what is new in the folders; what is gone stays listed, for a lost mount looks like an empty one.
     * @returns how many items are on disk.
     */
    scan(): Promise<number> {
        return this.scanFolder(this.folder, null, 0);
    }

    private async scanFolder(path: string, parentId: string | null, depth: number): Promise<number> {
        let found = 0;
        for (const entry of entriesOf(path)) {
            const child = join(path, entry.name);
            const isVideo = entry.isFile() && VIDEO.has(extname(entry.name).toLowerCase());
            if (entry.name.startsWith(".") || !(isVideo || entry.isDirectory())) continue;
            const id = createHash("md5").update(child).digest("hex");
            const type = isVideo ? "Video" : depth === 0 ? "CollectionFolder" : "Folder";
            await this.add({ id, type, name: basename(child, isVideo ? extname(child) : ""), path: child, parentId });
            found += 1 + (entry.isDirectory() && depth < DEPTH ? await this.scanFolder(child, id, depth + 1) : 0);
        }
        return found;
    }

    private async add(item: {
        id: string;
        type: Item["type"];
        name: string;
        path: string | null;
        parentId: string | null;
    }): Promise<void> {
        const isVideo = item.type === "Video";
        await this.database.rows(`INSERT INTO "BaseItems" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, [
            ...[item.id, item.type, item.name, item.path, !isVideo, item.parentId],
            isVideo ? FILM_SECONDS * TICKS_PER_SECOND : null,
        ]);
    }
}

function entriesOf(path: string): Dirent[] {
    try {
        return readdirSync(path, { withFileTypes: true });
    } catch {
        return [];
    }
}
