#!/bin/sh
# Entry point of the lab's PostgreSQL image: makes the database at the first start, then becomes the server.
#
#   POSTGRES_PASSWORD(_FILE)   password of the superuser; needed unless POSTGRES_HOST_AUTH_METHOD is trust
#   POSTGRES_USER(_FILE)       the superuser; default postgres
#   POSTGRES_DB(_FILE)         a database made for it; default its own name
#   POSTGRES_INITDB_ARGS       further words for initdb, separated by blanks
#   POSTGRES_HOST_AUTH_METHOD  how clients of the network prove who they are; default scram-sha-256
#   POSTGRES_SOCKET_DIR        folder of the local socket; default /var/run/postgresql
#   POSTGRES_INIT_DIR          folder of *.sh and *.sql, run once in the order of their names;
#                              default /docker-entrypoint-initdb.d
#   PGDATA                     default /var/lib/postgresql/<major version>/docker
#
# Exit codes: 64 wrong settings, 73 a folder cannot be used, else that of the program that failed.
set -eu

say() { printf 'entrypoint: %s\n' "$*" >&2; }

# fail <exit code> <message>: an ending whose last line says why.
fail() {
    code=$1
    shift
    say "$*"
    exit "$code"
}

# from_file <variable>: takes its value from the file that <variable>_FILE names.
from_file() {
    eval "value=\${$1:-}; file=\${$1_FILE:-}"
    # shellcheck disable=SC2154 # both are set by eval
    if [ -n "$file" ]; then
        [ -z "$value" ] || fail 64 "$1 and $1_FILE are both set (one source for one value); drop one of them"
        [ -r "$file" ] || fail 64 "$1_FILE: $file cannot be read by user id $(id -u); mount it readable"
        value=$(cat "$file")
    fi
    eval "$1=\$value"
}

# Debian keeps each version in a folder of its own; elsewhere the programs are on PATH.
find_programs() {
    for bin in /usr/lib/postgresql/*/bin; do
        [ ! -x "$bin/postgres" ] || PATH="$bin:$PATH"
    done
    export PATH
    command -v postgres >/dev/null || fail 64 "postgres: not found in /usr/lib/postgresql/*/bin nor on PATH; install it"
}

# The server refuses to run as root.
leave_root() {
    mkdir -p "$PGDATA" "$POSTGRES_SOCKET_DIR"
    chown -R postgres:postgres "$PGDATA" "$(dirname "$PGDATA")" "$POSTGRES_SOCKET_DIR"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

check_settings() {
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
        fail 64 "POSTGRES_PASSWORD: is empty (nobody could log in); set it, or POSTGRES_HOST_AUTH_METHOD=trust"
    fi
    # initdb looks its own user up by number.
    id -un >/dev/null 2>&1 || fail 64 "user id $(id -u): not in /etc/passwd (initdb asks for its name); add it to the image"
}

# initialise <folder>: a cluster that only local clients and those with a password may enter.
initialise() {
    secret=$(mktemp)
    printf '%s\n' "${POSTGRES_PASSWORD:-unused}" >"$secret"
    # Words for initdb are separated by blanks on purpose.
    # shellcheck disable=SC2086
    initdb --pgdata="$1" --username="$POSTGRES_USER" --pwfile="$secret" --encoding=UTF8 --locale=C \
        --auth-local=trust --auth-host="$method" ${POSTGRES_INITDB_ARGS:-} >&2 || {
        code=$?
        rm -f "$secret"
        fail "$code" "initdb: failed in $1; its reason is above"
    }
    rm -f "$secret"
    printf 'host all all all %s\n' "$method" >>"$1/pg_hba.conf"
    # Just-in-time compilation needs LLVM, which the image leaves out.
    printf '%s\n' "listen_addresses = '*'" "unix_socket_directories = '$POSTGRES_SOCKET_DIR'" 'jit = off' \
        >>"$1/postgresql.conf"
}

local_psql() {
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$POSTGRES_SOCKET_DIR" --username="$POSTGRES_USER" "$@"
}

run_scripts() {
    for script in "${POSTGRES_INIT_DIR:-/docker-entrypoint-initdb.d}"/*; do
        case $script in
            *.sh)
                say "runs $script"
                # In a shell of its own: a script that ends with `exit` must not end the start.
                PGHOST=$POSTGRES_SOCKET_DIR PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB sh -eu "$script" ||
                    fail $? "$script: failed with exit code $?; its output is above"
                ;;
            *.sql)
                say "runs $script"
                local_psql --dbname="$POSTGRES_DB" --file="$script" >&2 ||
                    fail $? "$script: failed with exit code $?; psql's reason is above"
                ;;
        esac
    done
}

# set_up <folder>: what needs a running server, before anybody from outside can reach it.
set_up() {
    pg_ctl --pgdata="$1" --wait --silent --options="-c listen_addresses=''" start >&2
    trap 'pg_ctl --pgdata="$unfinished" --mode=immediate --silent stop >&2 || true' EXIT
    if [ "$POSTGRES_DB" != postgres ]; then
        printf 'CREATE DATABASE :"name";\n' | local_psql --dbname=postgres --set=name="$POSTGRES_DB" >&2
    fi
    run_scripts
    trap - EXIT
    pg_ctl --pgdata="$1" --mode=fast --wait --silent stop >&2
}

# A start that is cut off leaves only the unfinished folder, which the next one throws away.
first_start() {
    unfinished="$PGDATA.unfinished"
    { mkdir -p "$(dirname "$PGDATA")" && rm -rf "$unfinished" && mkdir "$unfinished"; } ||
        fail 73 "$(dirname "$PGDATA"): cannot be written by user id $(id -u); give the volume to that user or group"
    [ ! -d "$PGDATA" ] || rmdir "$PGDATA" ||
        fail 73 "$PGDATA: holds files but no database, or is a mount (it is made whole beside itself); use a folder in it"
    initialise "$unfinished"
    set_up "$unfinished"
    mv "$unfinished" "$PGDATA"
    say "made the database in $PGDATA"
}

case ${1:-postgres} in
    -*) set -- postgres "$@" ;;
    postgres) [ $# -gt 0 ] || set -- postgres ;;
    *) exec "$@" ;;
esac

find_programs
major=$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
PGDATA=${PGDATA:-/var/lib/postgresql/$major/docker}
POSTGRES_SOCKET_DIR=${POSTGRES_SOCKET_DIR:-/var/run/postgresql}
export PGDATA
[ "$(id -u)" != 0 ] || leave_root "$@"

from_file POSTGRES_PASSWORD
from_file POSTGRES_USER
from_file POSTGRES_DB
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
export POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD POSTGRES_SOCKET_DIR
umask 077

{ mkdir -p "$POSTGRES_SOCKET_DIR" && [ -w "$POSTGRES_SOCKET_DIR" ]; } ||
    fail 73 "$POSTGRES_SOCKET_DIR: cannot be written by user id $(id -u) (the local socket lies there); mount a volume on it"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    check_settings
    first_start
elif [ "$(cat "$PGDATA/PG_VERSION")" != "$major" ]; then
    fail 64 "$PGDATA: was made by version $(cat "$PGDATA/PG_VERSION") (this is $major); dump it there and restore it here"
fi
unset POSTGRES_PASSWORD
exec "$@"
