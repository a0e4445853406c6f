import { FORGET } from "../../data";

/**
 * What of the shared folder is kept, as `./path` lines: settings, libraries, plugins, the server's id, collections and playlists.
 * Not what Jellyfin makes again by itself (pictures, logs, previews for seeking) or what is kept elsewhere (dumps).
 */
const LIST = String.raw`list() {
    for part in kept root plugins data; do
        [ ! -d "./$part" ] || find "./$part" \( -path ./plugins/PostgreSQL -o -path ./data/trickplay -o -path ./data/PgsqlBackups \
            -o -path ./data/migration-backups \) -prune -o -type f ! -name '.*' -print
    done | sort
}`;

/**
 * Sends the folder `SHARED` to `TARGET`, an rclone path, as `<time>.dump` (a tar of gzip) and `<time>.manifest`, in the form of the
 * database's dumps. The manifest is written last, with checksum and number of files: what has none was cut off. Then those go
 * that are older than `KEEP_DAYS` days.
 */
export const BACK_UP = String.raw`set -eu
umask 077
${LIST}
${FORGET}
name=$(date -u +%Y%m%dT%H%M%SZ)
cd "$SHARED"
list > "$EXCHANGE/files"
mkfifo "$EXCHANGE/copy"
sha256sum < "$EXCHANGE/copy" > "$EXCHANGE/sum" &
{ tar -czf - -T "$EXCHANGE/files"; echo $? > "$EXCHANGE/code"; } | tee "$EXCHANGE/copy" | rclone rcat "$TARGET/$name.dump"
wait
[ "$(cat "$EXCHANGE/code")" = 0 ] || { echo "a file changed or went while it was read; nothing is whole, the next try is another" >&2; exit 1; }
printf 'format 1\nsha256 %s\nfiles %s\n' "$(cut -d ' ' -f 1 "$EXCHANGE/sum")" "$(wc -l < "$EXCHANGE/files")" |
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
(cd "$SHARED" && list) > current
there=$(wc -l < current)
echo "backup $name: $files files; the configuration holds $there"
[ "$there" -eq 0 ] || [ "$REPLACE" = yes ] ||
    refuse "the configuration holds $there files (a restore would mix both); say --replace to put them aside"
[ "$DRY_RUN" != yes ] || { echo "a dry run: nothing was changed; without --dry-run it would be restored"; exit 0; }
old="$SHARED/before-restore-$(date -u +%Y%m%dT%H%M%SZ)"
while read -r file; do
    mkdir -p "$old/$(dirname "$file")"
    mv "$SHARED/$file" "$old/$file"
done < current
tar -xzf dump -C "$SHARED" -o
(cd "$SHARED" && list | wc -l) > now
[ "$(cat now)" -eq "$files" ] || { echo "only $(cat now) of $files files are there; what was there before is in $old" >&2; exit 1; }
echo "restored $files files from $name; what was there before is in $old"
`;
