import { randomUUID } from "node:crypto";
import type { Database } from "../database/database";

export interface ApiKey {
    readonly name: string;
    readonly token: string;
    readonly created: Date;
}

/** Keys of programs, asked of the database on every request: unlike a user's token, every replica knows them at once. */
export class ApiKeys {
    constructor(private readonly database: Database) {}

    async all(): Promise<ApiKey[]> {
        return this.database.rows<{ name: string; token: string; created: Date }>(
            `SELECT "Name" AS name, "AccessToken" AS token, "DateCreated" AS created FROM "ApiKeys" ORDER BY "Id"`,
        );
    }

    async isKnown(token: string): Promise<boolean> {
        return (await this.database.row(`SELECT FROM "ApiKeys" WHERE "AccessToken" = $1`, [token])) !== undefined;
    }

    async create(name: string): Promise<void> {
        await this.database.rows(
            `INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($1, $2, now(), now())`,
            [name, randomUUID().replaceAll("-", "")],
        );
    }

    async revoke(token: string): Promise<void> {
        await this.database.rows(`DELETE FROM "ApiKeys" WHERE "AccessToken" = $1`, [token]);
    }
}
