import { FORGET } from "../../data";

/**
 * What of the shared folder is kept, as `./path` lines: settings, libraries, plugins, the server's id, collections and playlists.
 * Not what Jellyfin makes again by itself (pictures, logs, previews for seeking, the subtitles and fonts that it takes out of a
 * film before it shows them), what is kept elsewhere (dumps), the library of a server before it moved to PostgreSQL (`jellyfin.db`,
 * `library.db` and their copies), or what a NAS writes beside the files (`@eaDir`).
 *
 * A name that goes while the folders are walked makes `find` fail, as one does that cannot be read. The first is over at the next
 * walk, so only what fails each time is an error. Needs `EXCHANGE`.
 */
const LIST = String.raw`walk() {
    set --
    for part in kept root plugins data; do [ ! -d "./$part" ] || set -- "$@" "./$part"; done
    [ $# -eq 0 ] || find "$@" \( -path ./plugins/PostgreSQL -o -path ./data/trickplay -o -path ./data/subtitles \
        -o -path ./data/attachments -o -path ./data/PgsqlBackups -o -path ./data/migration-backups \
        -o -path ./data/SQLiteBackups -o -path './data/jellyfin.db*' -o -path './data/library.db*' -o -name @eaDir \) -prune \
        -o -type f ! -name '.*' -print
}
list() {
    for pause in 1 2 4 0; do
        if walk > "$EXCHANGE/walked" 2> "$EXCHANGE/unread"; then
            sort "$EXCHANGE/walked"
            return
        fi
        sleep "$pause"
    done
    cat "$EXCHANGE/unread" >&2
    echo "the configuration cannot be read whole (above): on the NAS, let user $(id -u) read what is named, or remove it" >&2
    return 1
}`;

/**
 * Says what takes the most room among the files of a list, by the folders `part/folder`.
 */
const LARGEST = String.raw`largest() {
    tr '\n' '\0' < "$EXCHANGE/files" | xargs -0 stat -c '%s %n' | awk '{
        size = $1
        sub(/^[0-9]+ \.\//, "")
        names = split($0, name, "/")
        bytes[names > 2 ? name[1] "/" name[2] : name[1]] += size
    } END { for (folder in bytes) printf "%.0f MiB in %s\n", bytes[folder] / 1048576, folder }' | sort -rn | head -n 5
}`;

/**
 * Sends the folder `SHARED` to `TARGET`, an rclone path, as `<time>.dump` (a tar of gzip) and `<time>.manifest`, in the form of the
 * database's dumps. The manifest is written last, with checksum and number of files: what has none was cut off. Then those go
 * that are older than `KEEP_DAYS` days.
 *
 * The dump lies in `EXCHANGE` first, which a restore has in the same size: what grows over `MOST_BYTES` is refused here, and not
 * when somebody needs it.
 */
export const BACK_UP = String.raw`set -eu
umask 077
${LIST}
${LARGEST}
${FORGET}
name=$(date -u +%Y%m%dT%H%M%SZ)
cd "$SHARED"
list > "$EXCHANGE/files"
{ tar -czf - -T "$EXCHANGE/files" && : > "$EXCHANGE/whole"; } | head -c "$((MOST_BYTES + 1))" > "$EXCHANGE/dump"
if [ "$(wc -c < "$EXCHANGE/dump")" -gt "$MOST_BYTES" ]; then
    rm "$EXCHANGE/dump"
    {
        echo "the configuration is larger than the $((MOST_BYTES / 1048576)) MiB that a restore has room for, packed; nothing was kept. Unpacked:"
        largest
        echo "move away what is no configuration (recordings, backups of Jellyfin's own, what a plugin made)," \
            "or give both more room: EXCHANGE_GIB in components/apps/jellyfin/configuration-backup.ts"
    } >&2
    exit 1
fi
[ -e "$EXCHANGE/whole" ] || { echo "a file changed or went while it was read; nothing is whole, the next try is another" >&2; exit 1; }
rclone rcat "$TARGET/$name.dump" < "$EXCHANGE/dump"
printf 'format 1\nsha256 %s\nfiles %s\n' "$(sha256sum < "$EXCHANGE/dump" | cut -d ' ' -f 1)" "$(wc -l < "$EXCHANGE/files")" |
    rclone rcat "$TARGET/$name.manifest"
echo "kept $TARGET/$name.dump: $(wc -l < "$EXCHANGE/files") files"
forget
`;

/**
 * Puts the dump in `EXCHANGE` into `SHARED`. What was there goes into `before-restore-<time>` beside it, so that there is a way
 * back. Refuses, before anything is changed: a dump that is not the one that was made, one that cannot be read to its end, and
 * a folder that holds something, unless `REPLACE` is `yes`. With `DRY_RUN` set to `yes` it ends after these questions.
 */
export const PUT_BACK = String.raw`set -eu
umask 022
${LIST}
cd "$EXCHANGE"
refuse() { echo "$1; nothing was changed" >&2; exit 1; }
name=$(cat name)
wanted=$(sed -n 's/^sha256 //p' manifest)
have=$(sha256sum < dump | cut -d ' ' -f 1)
[ "$wanted" = "$have" ] || refuse "backup $name is broken: its checksum is $have, and $wanted was kept; take another one"
tar -tzf dump > listed || refuse "backup $name cannot be read to its end; take another one"
files=$(sed -n 's/^files //p' manifest)
[ "$(wc -l < listed)" -eq "$files" ] || refuse "backup $name has $(wc -l < listed) files, and $files were kept; take another one"
if grep -qE '^/|(^|/)\.\.(/|$)' listed; then refuse "backup $name has files that lie elsewhere; it is none of this house's"; fi
(cd "$SHARED" && list) > current || refuse "what is there could not be listed"
there=$(wc -l < current)
echo "backup $name: $files files; the configuration holds $there"
[ "$there" -eq 0 ] || [ "$REPLACE" = yes ] ||
    refuse "the configuration holds $there files (a restore would mix both); say --replace to put them aside"
[ "$DRY_RUN" != yes ] || { echo "a dry run: nothing was changed; without --dry-run it would be restored"; exit 0; }
old="$SHARED/before-restore-$(date -u +%Y%m%dT%H%M%SZ)"
while IFS= read -r file; do
    mkdir -p "$old/$(dirname "$file")"
    mv "$SHARED/$file" "$old/$file"
done < current
tar -xzf dump -C "$SHARED" -o
# An older backup may have what is made again by itself.
kept=$(grep -cvE '^\./(data/(subtitles|attachments)/|(.*/)?@eaDir/)' listed || true)
(cd "$SHARED" && list) > now
[ "$(wc -l < now)" -eq "$kept" ] || { echo "only $(wc -l < now) of $kept files are there; what was there before is in $old" >&2; exit 1; }
# Migrations of a library from before 10.11 look into both and end where one is not there.
mkdir -p "$SHARED/data/subtitles" "$SHARED/data/attachments"
echo "restored $files files from $name; what was there before is in $old"
`;
