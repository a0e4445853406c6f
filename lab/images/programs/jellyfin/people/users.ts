import { randomUUID } from "node:crypto";
import type { Database } from "../database/database";
import { hashed, matches } from "./passwords";

export interface User {
    readonly id: string;
    readonly name: string;
    readonly isAdministrator: boolean;
}

interface UserRow {
    readonly Id: string;
    readonly Username: string;
    readonly Password: string | null;
    readonly IsAdministrator: boolean;
}

const ALL = `SELECT "Id", "Username", "Password", "IsAdministrator" FROM "Users"`;
const FIRST_NAME = "MyJellyfinUser";

function toUser(row: UserRow): User {
    return { id: row.Id, name: row.Username, isAdministrator: row.IsAdministrator };
}

/** The people, asked of the database each time: no process keeps them. */
export class Users {
    constructor(private readonly database: Database) {}

    async all(): Promise<User[]> {
        return (await this.database.rows<UserRow>(`${ALL} ORDER BY "Username"`)).map(toUser);
    }

    async byId(id: string): Promise<User | undefined> {
        const row = await this.database.row<UserRow>(`${ALL} WHERE "Id" = $1`, [id]);
        return row && toUser(row);
    }

    /** `undefined` for an unknown name and for a wrong password alike. */
    async byPassword(name: string, password: string): Promise<User | undefined> {
        const row = await this.database.row<UserRow>(`${ALL} WHERE lower("Username") = lower($1)`, [name]);
        return row && (await matches(password, row.Password)) ? toUser(row) : undefined;
    }

    /** The administrator that the wizard begins with; made when there is nobody. */
    async first(): Promise<User> {
        const [found] = await this.all();
        if (found) return found;
        await this.database.rows(
            `INSERT INTO "Users" VALUES ($1, $2, NULL, true) ON CONFLICT ("Username") DO NOTHING`,
            [randomUUID(), FIRST_NAME],
        );
        return this.first();
    }

    async rename(user: User, name: string, password: string): Promise<void> {
        await this.database.rows(`UPDATE "Users" SET "Username" = $2, "Password" = $3 WHERE "Id" = $1`, [
            user.id,
            name,
            await hashed(password),
        ]);
    }
}
