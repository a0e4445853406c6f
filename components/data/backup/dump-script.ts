import { FORGET } from "./forget-script";

/**
 * Two containers of one pod, as no image has both programs: PostgreSQL's writes into a pipe, rclone sends what comes out.
 * Nothing of the dump is ever on a disk of the house. Both have `EXCHANGE`, a folder that they share.
 *
 * A dump is two objects, `<time>.dump` and `<time>.manifest`. The manifest is written last and says how the dump ends (its
 * checksum) and what is in it (the rows of each table): a dump without one was cut off, and nobody takes it for whole.
 */

/**
 * Dumps the database of `PG*` as its owner, and counts its rows in the same snapshot, so that both tell of one moment.
 * `pg_dump` runs within psql because the snapshot is gone with the session that exports it.
 */
export const DUMP = String.raw`set -eu
umask 077
cd "$EXCHANGE"
trap '[ -e manifest ] || : > failed' EXIT
psql --no-psqlrc --quiet --no-align --tuples-only --field-separator=' ' --set=ON_ERROR_STOP=1 <<'SQL'
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\o rows
SELECT format('SELECT %L, count(*) FROM %I.%I', format('rows %I.%I', schemaname, tablename), schemaname, tablename)
  FROM pg_tables WHERE schemaname <> 'information_schema' AND schemaname NOT LIKE 'pg\_%'
 ORDER BY schemaname, tablename \gexec
\o
\! mkfifo stream; { pg_dump --format=custom --no-owner --no-privileges --lock-wait-timeout=60s --snapshot="$SNAPSHOT"; echo $? > code; } | tee stream | sha256sum > sum
COMMIT;
SQL
[ "$(cat code)" = 0 ] || { echo "pg_dump of $PGDATABASE failed; its reason is above" >&2; exit 1; }
{
    printf 'format 1\ndatabase %s\nsha256 %s\n' "$PGDATABASE" "$(cut -d ' ' -f 1 sum)"
    cat rows
} > manifest.new
mv manifest.new manifest
echo "dumped $PGDATABASE: $(grep -c '^rows ' manifest || true) tables"
`;

/**
 * Sends what the other container dumps to `TARGET`, an rclone path. The end of the stream is held back until the manifest is
 * there: a dump that breaks off is not completed as an object either. Then those go that are older than `KEEP_DAYS` days.
 */
export const UPLOAD = String.raw`set -eu
umask 077
${FORGET}
cd "$EXCHANGE"
name=$(date -u +%Y%m%dT%H%M%SZ)
until [ -p stream ]; do [ ! -e failed ] || { echo "the dump failed; see the container dump" >&2; exit 1; }; sleep 1; done
mkfifo feed
rclone rcat "$TARGET/$name.dump" < feed &
upload=$!
trap 'kill -KILL $upload 2>/dev/null || true' EXIT
exec 3> feed
cat stream >&3
until [ -e manifest ]; do
    [ ! -e failed ] || { echo "the dump failed; see the container dump; nothing was kept" >&2; exit 1; }
    sleep 1
done
exec 3>&-
wait $upload
rclone rcat "$TARGET/$name.manifest" < manifest
echo "kept $TARGET/$name.dump"
forget
`;
