import { DUMP } from "../backup/dump-script";
import { RESTORE } from "../backup/restore-script";

/**
 * Two containers of one pod, one for each server, because each has a certificate and a password of its own. They share the
 * folder `EXCHANGE`, in which a file that is there says how far the other one is. `FROM` and `TO` are the modes.
 *
 * What a database is, it says in its own comment, where a second try and a person find it: one that was left is `moved to`
 * somewhere and closed for writing, one that is being filled is `moving from`, and then `moved from`.
 */
const BOTH = String.raw`set -eu
umask 077
cd "$EXCHANGE"
# Either may be closed for writing, by this move or an earlier one.
export PGOPTIONS='-c default_transaction_read_only=off'
ask() { psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"; }
comment() { ask --command="SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"; }
tell() { printf '%s\n' "$2" > "$1.new"; mv "$1.new" "$1"; }
stop() { printf '%s\n' "$@" >&2; exit 1; }
begin() {
    : > "alive-$1"
    while sleep 5; do : > "alive-$1"; done > /dev/null 2>&1 &
    beat=$!
    left=$PATIENCE_SECONDS
    # After that it goes on, so that psql tells why.
    until pg_isready --quiet || [ "$left" -le 0 ]; do sleep 2; left=$((left - 2)); done
}
# Waits for a file of the other container; one that was killed makes none any more.
await() {
    until [ -e "$2" ]; do
        [ ! -e failed ] || stop "the move ends here: the other container of this pod says why"
        [ -z "$(find . -name "alive-$1" -mmin +2)" ] || stop "the container for database.$1 was killed"
        sleep 1
    done
}
`;

/**
 * For the server that is left: closes the database for writing, dumps it, and opens it again unless it has arrived. Until a
 * program is turned to the other server it can still read here.
 */
export const LEAVE = String.raw`${BOTH}
closed=''
leave() {
    kill "$beat" || true
    [ ! -e arrived ] || return 0
    : > failed
    [ -n "$closed" ] || return 0
    ask <<'SQL'
\getenv database PGDATABASE
ALTER DATABASE :"database" RESET default_transaction_read_only;
COMMENT ON DATABASE :"database" IS NULL;
SQL
    echo "database $PGDATABASE of mode $FROM is open for writing again, as it was; nothing has moved" >&2
}
trap leave EXIT
trap 'exit 143' TERM
begin moveFrom
was=$(comment)
export MARK="homelab: moved to $TO"
case $was in
    "$MARK") ;;
    "homelab: moved to "*) stop "database.moveFrom: is $FROM, and what was there is old (${"${was#homelab: }"})" "write moveFrom: ${"${was#homelab: moved to }"}" ;;
    "homelab: moving from "*) stop "database.moveFrom: is $FROM, and nothing has ever wholly arrived there (${"${was#homelab: }"})" "write moveFrom: ${"${was#homelab: moving from }"}" ;;
esac
tell left "$was"
await mode decided
[ "$(cat decided)" = go ] || exit 0
closed=yes
ask <<'SQL' > /dev/null
\getenv database PGDATABASE
\getenv mark MARK
BEGIN;
ALTER DATABASE :"database" SET default_transaction_read_only = on;
COMMENT ON DATABASE :"database" IS :'mark';
COMMIT;
-- Whoever comes back from now on can only read. Five seconds each, and then the dump is of a moment before their end.
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend';
SQL
(
${DUMP}
) &
dump=$!
until [ -p stream ] || [ -e failed ]; do sleep 0.2; done
[ ! -p stream ] || cat stream > dump
wait "$dump"
tell dumped yes
await mode arrived
echo "database $PGDATABASE of mode $FROM stays as it was, closed for writing"
`;

/** For the server that is moved to: fills its database in one transaction, all or nothing. */
export const ARRIVE = String.raw`${BOTH}
arrive() {
    kill "$beat" || true
    [ -e arrived ] || : > failed
}
trap arrive EXIT
trap 'exit 143' TERM
begin mode
await moveFrom left
was=$(comment)
if [ "$was" = "homelab: moved from $FROM" ] && [ "$(cat left)" = "homelab: moved to $TO" ]; then
    tell arrived yes
    tell decided "done"
    echo "database $PGDATABASE has moved from $FROM to $TO already; nothing to do"
    exit 0
fi
objects=$(ask --command="SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'")
case $was in
    # What is there is older than what comes.
    "homelab: moved to "* | "homelab: moving from "*) ;;
    *) [ "$objects" = 0 ] || stop "database.mode: database $PGDATABASE of mode $TO holds $objects tables, views and sequences that no move has left there (a move would mix both); nothing was changed" \
        "write moveFrom: nothing to use what is there; or throw it away, as its owner: DROP OWNED BY CURRENT_USER" ;;
esac
export MARK="homelab: moving from $FROM"
ask <<'SQL'
\getenv database PGDATABASE
\getenv mark MARK
COMMENT ON DATABASE :"database" IS :'mark';
SQL
tell decided go
await moveFrom dumped
tell name "of mode $FROM"
export REPLACE=yes DRY_RUN=no
(
${RESTORE}
) &
wait $!
export MARK="homelab: moved from $FROM"
ask <<'SQL'
\getenv database PGDATABASE
\getenv mark MARK
BEGIN;
ALTER DATABASE :"database" RESET default_transaction_read_only;
COMMENT ON DATABASE :"database" IS :'mark';
COMMIT;
SQL
tell arrived yes
echo "database $PGDATABASE has moved from $FROM to $TO"
`;
