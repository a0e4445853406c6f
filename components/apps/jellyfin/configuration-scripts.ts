/** The pod's own folder of configuration, and where what people have set is kept for all pods. */
export const OWN_FOLDER = "/config/config";
export const KEPT_FOLDER = "/config/kept";

/**
 * `kept/set-up` says that people could log in, and in which installation: a later one on the same NAS begins with its own
 * database, and without a way in until that has its administrator. Runs with `INSTALLATION`, of which only a hash is kept.
 */
const SET_UP = String.raw`mark=$(printf '%s' "$INSTALLATION" | sha256sum | cut -d ' ' -f 1)
note_set_up() {
    # In one step: the other pod may read it at this moment.
    if printf '%s\n' "$mark" > "$1/.set-up-$POD_NAME" && mv -f "$1/.set-up-$POD_NAME" "$1/set-up"; then return 0; fi
    echo "could not note that people can log in; it is tried again" >&2
    return 1
}`;

/** An image without them would wait for a database that answers, for ever and without a word. */
const PROGRAMS = String.raw`for program in pg_isready psql; do
    command -v "$program" > /dev/null || {
        echo "refused: jellyfin.image has no $program, by which the house asks PostgreSQL; write an image with its client and" \
            "Jellyfin's provider for PostgreSQL, as ghcr.io/jpvenson/jellyfin.pgsql, or leave jellyfin.image out" >&2
        exit 1
    }
done`;

/**
 * Before the server: the folders that other volumes are mounted on, the database, and whether somebody can log in, which the
 * database alone knows for certain. Runs with `SHARED`, `OWN` (the pod's own folder)
 * and `PG*`, by which it checks the server like all our jobs.
 *
 * Refuses an empty database where somebody could log in before (`kept/set-up`): the way in is there already, so the first-run
 * wizard would make the first who comes the administrator.
 *
 * `kept` is made once: of the configuration that an installation brought along, where there is one. The password that the
 * image writes into `database.xml` in plain text does not stay on the NAS.
 */
export const PREPARE = String.raw`set -eu
${SET_UP}
${PROGRAMS}
mkdir -p "$SHARED/plugins/PostgreSQL" "$SHARED/log"
if [ ! -d "$SHARED/kept" ]; then
    made="$SHARED/.kept-$POD_NAME"
    rm -rf "$made"
    mkdir "$made"
    [ ! -d "$SHARED/config" ] || cp -R "$SHARED/config/." "$made/"
    # The other pod may have been faster.
    mv -T "$made" "$SHARED/kept" 2>/dev/null || rm -rf "$made"
fi
mkdir -p "$SHARED/config"
rm -f "$SHARED/config/database.xml" "$SHARED/kept/database.xml"
# Only whether one answers; that it is the wrong one psql tells, and this would wait for ever.
until PGSSLMODE=prefer pg_isready --quiet; do sleep 1; done
ask() { psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --command="$1"; }
rm -f "$OWN/.set-up" "$OWN/.began"
was_set_up=f
[ ! -e "$SHARED/kept/set-up" ] || [ "$(cat "$SHARED/kept/set-up")" != "$mark" ] || was_set_up=t
has_people=f
has_tables=$(ask "SELECT to_regclass('\"Users\"') IS NOT NULL")
if [ "$has_tables" = t ]; then
    # Or somebody has, once: people may go without a password.
    people='EXISTS (SELECT FROM "Users" WHERE "Password" IS NOT NULL) OR EXISTS (SELECT FROM "Devices")'
    # Who has neither is there from a first run that broke off, or, where that is over, from a library that moved in.
    [ "$was_set_up" = f ] || people='EXISTS (SELECT FROM "Users")'
    has_people=$(ask "SELECT $people")
fi
if [ "$has_people" = t ]; then
    : > "$OWN/.set-up"
    [ "$was_set_up" = t ] || note_set_up "$SHARED/kept" || true
elif [ "$was_set_up" = t ]; then
    echo "refused: the database $PGDATABASE has nobody in it, and people could log in here before (kept/set-up):" \
        "the first who comes would be the administrator; restore the database, or remove kept/set-up from the" \
        "configuration on the NAS where a new one is meant" >&2
    exit 1
fi
`;

/**
 * Beside the server: keeps what people set, so that it outlives the pod and the other pod has it from its next start on. A file
 * is kept when it has not changed between two looks and is whole, and takes the place of the kept one in one step. What cannot be
 * kept now, because the NAS is full or read-only, is tried again at every look: the server beside it serves on. Runs with
 * `OWN`, `KEPT` and `SEEN`, a folder of its own that outlives the container.
 *
 * A pod that began before anybody could log in, as each of a new house does, also notes once that the first run is over.
 */
export const KEEP = String.raw`set -eu
${SET_UP}
cd "$OWN"
listed() { find . -type f ! -name '.*' ! -name database.xml; }
copy() { mkdir -p "$2/$(dirname "$1")" && cp "$1" "$2/$1"; }
whole() { case $1 in *.xml) tail -c 200 "$1" | tr -d '[:space:]' | grep -q '</[A-Za-z]*>$' ;; *) [ -s "$1" ] ;; esac; }
keep() {
    # By a copy: what changes meanwhile is not taken for kept.
    cp "$1" "$SEEN/new" && mkdir -p "$KEPT/$(dirname "$1")" "$SEEN/kept/$(dirname "$1")" &&
        cp "$SEEN/new" "$KEPT/.kept-$POD_NAME" && mv -f "$KEPT/.kept-$POD_NAME" "$KEPT/$1" &&
        mv -f "$SEEN/new" "$SEEN/kept/$1"
}
note_first_run() {
    if [ ! -e .set-up ] && grep -qs '<IsStartupWizardCompleted>true<' system.xml && note_set_up "$KEPT"; then
        touch .set-up || true
    fi
}
look() {
    note_first_run
    listed | while read -r file; do
        if ! cmp -s "$file" "$SEEN/last/$file"; then
            # Gone since it was listed, or seen the next time.
            copy "$file" "$SEEN/last" || continue
            [ "$1" = last ] || continue
        fi
        cmp -s "$file" "$SEEN/kept/$file" && continue
        whole "$file" || continue
        keep "$file" || { echo "could not keep $file; it is tried again" >&2; continue; }
        echo "kept $file"
    done
}
# What the pod began with is no news; what was set before this container was started again is. After a power cut the init
# containers have filled the pod's folder anew, which is in memory, while SEEN, on a disk, knows that of before.
if [ ! -e .began ] || [ ! -d "$SEEN/kept" ]; then
    rm -rf "$SEEN/kept" "$SEEN/last"
    mkdir -p "$SEEN/kept"
    listed | while read -r file; do copy "$file" "$SEEN/kept" || continue; done
    touch .began
fi
mkdir -p "$SEEN/last"
trap 'look last; exit 0' TERM
while :; do
    sleep "$PERIOD" & wait $!
    look again
done
`;

/**
 * The house's own key to the API, in the server's table: the other way in, a login, is known to one pod only, and somebody would
 * have to hand the new key back to the cluster. Runs with `PG*` and `API_KEY`; the server must have made its tables.
 */
export const ENTER_KEY = String.raw`set -eu
until PGSSLMODE=prefer pg_isready --quiet; do sleep 1; done
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv key API_KEY
INSERT INTO "ApiKeys" ("Name", "AccessToken", "DateCreated", "DateLastActivity")
SELECT 'homelab', :'key', now(), now()
 WHERE NOT EXISTS (SELECT FROM "ApiKeys" WHERE "AccessToken" = :'key');
SQL
`;
