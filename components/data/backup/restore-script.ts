/**
 * Fetches one dump with its manifest from `TARGET` to `EXCHANGE`: the one named `DUMP` (`20261128T023000Z`), or the newest
 * that is whole.
 */
export const FETCH = String.raw`set -eu
umask 077
cd "$EXCHANGE"
rclone lsf --files-only --include '*.manifest' "$TARGET/" > found ||
    { echo "$TARGET: cannot be listed, so nobody knows which dumps there are; rclone's reason is above" >&2; exit 1; }
sort -o found found
name=$DUMP
if [ -z "$name" ]; then
    name=$(tail -n 1 found)
    name=${"${name%.manifest}"}
fi
if ! grep -qxF "$name.manifest" found; then
    echo "$TARGET: there is no whole dump \"$name\" (a dump is whole when its manifest is there); there are:" >&2
    sed 's/\.manifest$//' found >&2
    exit 1
fi
rclone copyto "$TARGET/$name.manifest" manifest
rclone copyto "$TARGET/$name.dump" dump
printf '%s\n' "$name" > name
`;

/**
 * Puts the dump in `EXCHANGE` into the database of `PG*`, all or nothing, in one transaction that ends only when every
 * table has the rows of the manifest.
 *
 * Refuses, before anything is changed: a dump that is not the one that was made (checksum), one that cannot be read to its
 * end, a database that others are connected to, and one that holds something, unless `REPLACE` is `yes`. With `DRY_RUN` set
 * to `yes` it ends after these questions, and only tells who is connected: one looks while everything runs.
 *
 * From release 17 on `pg_restore` begins with `SET transaction_timeout = 0;` whatever the server is, and servers before 17 do not
 * know the parameter (`_doSetFixedOutputState` in `src/bin/pg_dump/pg_backup_archiver.c`). The line is left out of the
 * head, which ends at the name of the first object.
 */
export const RESTORE = String.raw`set -eu
umask 077
cd "$EXCHANGE"
refuse() { echo "$1; nothing was changed" >&2; exit 1; }
ask() { psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --command="$1"; }
name=$(cat name)

wanted=$(sed -n 's/^sha256 //p' manifest)
have=$(sha256sum < dump | cut -d ' ' -f 1)
[ "$wanted" = "$have" ] ||
    refuse "dump $name is broken: its checksum is $have, and $wanted was dumped; take another one"
pg_restore --no-owner --no-privileges --file=/dev/null dump || refuse "dump $name cannot be read to its end; take another one"
grep '^rows ' manifest > expected || true

objects=$(ask "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'")
others=$(ask "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()")
[ "$objects" = 0 ] || [ "$REPLACE" = yes ] ||
    refuse "database $PGDATABASE holds $objects tables, views and sequences (a restore would mix both); say --replace to throw them away"
used="database $PGDATABASE is in use by $others connections (they would write into what is replaced); stop the programs that use it"
[ "$others" = 0 ] || [ "$DRY_RUN" = yes ] || refuse "$used"
echo "dump $name: $(wc -c < dump) bytes, $(wc -l < expected) tables, $(awk '{ n += $NF } END { print n + 0 }' expected) rows; database $PGDATABASE holds $objects objects"
if [ "$DRY_RUN" = yes ]; then
    would="be restored"
    [ "$others" = 0 ] || would="be refused, since $used first"
    echo "a dry run: nothing was changed; without --dry-run it would $would"
    exit 0
fi

rm -f whole rows verdict
{
    echo 'BEGIN;'
    [ "$objects" = 0 ] || echo 'DROP OWNED BY CURRENT_USER;'
    { pg_restore --no-owner --no-privileges --file=- dump && : > whole; } |
        LC_ALL=C sed '1,/^-- Name: /{/^SET transaction_timeout = 0;$/d}' || rm -f whole
    cat <<'SQL'
\o rows
SELECT format('SELECT %L, count(*) FROM %I.%I', format('rows %I.%I', schemaname, tablename), schemaname, tablename)
  FROM pg_catalog.pg_tables WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\_%'
 ORDER BY schemaname, tablename \gexec
\o
\! if [ -e whole ] && cmp -s rows expected; then echo 'COMMIT;'; else echo 'ROLLBACK;'; fi > verdict
\i verdict
SET client_min_messages = error;
ANALYZE;
SQL
} | psql --no-psqlrc --quiet --no-align --tuples-only --field-separator=' ' --set=ON_ERROR_STOP=1 > /dev/null ||
    refuse "the restore failed; psql's reason is above"
[ "$(cat verdict)" = "COMMIT;" ] || { diff expected rows >&2 || true; refuse "after the restore not every table has the rows of the manifest (above)"; }
echo "restored $PGDATABASE from $name: every table has the rows that it had"
`;

/**
 * Restores the dump in `EXCHANGE` into a server of its own, which listens to nobody and is gone with the pod.
 * `SCRATCH` is the folder of its data.
 */
export const CHECK = String.raw`set -eu
umask 077
mkdir -p "$SCRATCH/socket"
initdb --pgdata="$SCRATCH/data" --username=check --auth=trust --encoding=UTF8 --locale=C --no-sync > "$SCRATCH/log" 2>&1 ||
    { cat "$SCRATCH/log" >&2; exit 1; }
pg_ctl --pgdata="$SCRATCH/data" --wait --silent --log="$SCRATCH/log" \
    --options="-c listen_addresses= -c unix_socket_directories=$SCRATCH/socket -c fsync=off" start ||
    { cat "$SCRATCH/log" >&2; exit 1; }
trap 'pg_ctl --pgdata="$SCRATCH/data" --mode=immediate --silent stop || true' EXIT
export PGHOST="$SCRATCH/socket" PGUSER=check PGDATABASE=check
createdb --maintenance-db=postgres check
${RESTORE}`;
