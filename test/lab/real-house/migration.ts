import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteSchemaOf } from "./sqlite-schema";
import type { Surroundings } from "./failover";
import { visit } from "./visitor";

/** A key that only the library knows which is moved. */
const KEY = "5f1b2c9e0d3a4f67b8c1d2e3f4a5b6c7";
const FILM = "11111111-2222-3333-4444-555555555555";
const ANNA = "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE";

/** Moves a library into the running house by the command that a person uses. */
export function describeMigration({ house, door, whole }: Surroundings): void {
    describe("when the library of another Jellyfin moves in", () => {
        let file: string;
        const psql = (query: string) =>
            house.shell(
                `kubectl --namespace jellyfin exec jellyfin-postgres-0 -- psql --username=postgres --tuples-only --no-align jellyfin --command='${query}'`,
            );

        before(async () => {
            const data = join(folderNamed(house.paths.root, "jellyfin-config"), "data");
            mkdirSync(data, { recursive: true });
            chmodSync(data, 0o777);
            file = join(data, "jellyfin.db");
            const library = new DatabaseSync(file);
            const columns = await psql(
                "select table_name, column_name, udt_name from information_schema.columns where table_schema = $$public$$ order by ordinal_position",
            );
            library.exec(sqliteSchemaOf(columns.stdout));
            library.exec(`
                INSERT INTO "Users" ("Id", "Username", "IsAdministrator") VALUES ('${ANNA}', 'anna', 1);
                INSERT INTO "ApiKeys" ("Id", "Name", "AccessToken", "DateCreated", "DateLastActivity") VALUES (41, 'moved', '${KEY}', '2026-03-06 20:00:00', '2026-03-06 21:00:00');
                INSERT INTO "BaseItems" ("Id", "Type", "Name", "IsFolder", "RunTimeTicks") VALUES ('${FILM}', 'Video', 'The moved film', 0, 60000000000);
                INSERT INTO "UserData" VALUES ('${FILM}', '${ANNA}', '${FILM}', 12345678901, '2026-03-06 21:14:09.1234567');`);
            library.close();
            chmodSync(file, 0o666);
        });
        after(() => rmSync(file, { force: true }));

        it("refuses as long as a pod of Jellyfin runs, and says what to write", async () => {
            const { code, output } = await house.shell("npm run --silent migrate -- jellyfin");
            assert.equal(code, 1, output);
            assert.match(
                output,
                /jellyfin-0, jellyfin-1 still runs .*kubectl --namespace jellyfin scale statefulset jellyfin --replicas 0/,
            );
        });

        it("looks first, moves it then, and leaves nothing but its Job", async () => {
            const stopped = await house.shell(`kubectl --namespace jellyfin scale statefulset jellyfin --replicas 0
                kubectl --namespace jellyfin wait pods --selector app.kubernetes.io/name=jellyfin,app.kubernetes.io/component=web --for=delete --timeout 120s`);
            assert.equal(stopped.code, 0, stopped.output);
            const looked = await house.shell("npm run --silent migrate -- jellyfin --dry-run --replace");
            assert.equal(looked.code, 0, looked.output);
            assert.match(looked.output, /BaseItems: 1 rows, .*\n(.*\n)*.*nothing was changed/);
            const moved = await house.shell("npm run --silent migrate -- jellyfin --replace");
            assert.equal(moved.code, 0, moved.output);
            assert.match(moved.output, /both sides are equal/);
            const left = await house.shell(
                "kubectl get configmaps,networkpolicies --all-namespaces --selector app.kubernetes.io/component=migration --output name",
            );
            assert.equal(left.stdout.trim(), "", left.output);
        });

        it("shows the film and how far it was watched, on both pods", async () => {
            const started = await house.shell("kubectl --namespace jellyfin scale statefulset jellyfin --replicas 2");
            assert.equal(started.code, 0, started.output);
            await whole();
            for (const path of [`/Items/${FILM}?api_key=${KEY}`, `/UserItems/Resume?userId=${ANNA}&api_key=${KEY}`])
                assert.equal((await visit(door, "", path)).status, 200, path);
            const watched = await psql('select "PlaybackPositionTicks" from "UserData"');
            assert.equal(watched.stdout.trim(), "12345678901", watched.output);
            await house.must("preview", "--expect-no-changes");
        });
    });
}

/** The first folder of that name below another. */
function folderNamed(root: string, name: string): string {
    const found = readdirSync(join(root, "storage"), { recursive: true, withFileTypes: true }).find(
        (entry) => entry.isDirectory() && entry.name === name,
    );
    if (found === undefined) throw new Error(`${root} has no folder ${name}`);
    return join(found.parentPath, found.name);
}
