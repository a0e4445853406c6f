import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { TestHouse } from "../../support/house";
import { USER } from "./person";

const DATABASE = "jellyfin-postgres-0";

/**
 * Gives the house a key for a program. A key is looked up at every request, a login only at a server's start: it shows what
 * the house loses, not what Jellyfin forgets.
 */
export async function makeKey(house: TestHouse): Promise<string> {
    const key = randomUUID().replaceAll("-", "");
    await run(
        house,
        `INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES ($$test$$, $$${key}$$, now(), now())`,
    );
    return key;
}

/** Gives the house the user of these tests, where it does not have them. */
export function makeUser(house: TestHouse): Promise<void> {
    return run(
        house,
        `INSERT INTO "Users" ("Id", "Username") VALUES (gen_random_uuid(), $$${USER}$$) ON CONFLICT ("Username") DO NOTHING`,
    );
}

async function run(house: TestHouse, query: string): Promise<void> {
    const { code, output } = await house.shell(
        `kubectl --namespace jellyfin exec ${DATABASE} -- psql --username=postgres jellyfin --command='${query}'`,
    );
    assert.equal(code, 0, output);
}
