/** Whole dumps that stay whatever their age: who finds out late that dumps have failed has something to go back to. */
export const DUMPS_KEPT_AT_LEAST = 7;

/**
 * Part of a script that has just kept a dump: `forget` deletes those in `TARGET` that are older than `KEEP_DAYS` days, but for
 * the newest whole ones. What was cut off goes with its age too. The age is that of the name, which a copied bucket keeps.
 *
 * It never fails the script: the dump of this night is kept, and a try again would only make one more. A key may be one
 * that deletes nothing.
 */
export const FORGET = String.raw`forget() {
    before=$(date -u -d "@$(($(date +%s) - KEEP_DAYS * 86400))" +%Y%m%dT%H%M%SZ)
    rclone lsf --files-only "$TARGET/" | grep -E '^[0-9]{8}T[0-9]{6}Z\.(dump|manifest)$' | LC_ALL=C sort -r |
        LC_ALL=C awk -v before="$before" '/manifest$/ { whole++ } whole > ${DUMPS_KEPT_AT_LEAST} && $0 < before' > "$EXCHANGE/old"
    [ -s "$EXCHANGE/old" ] || return 0
    if rclone delete --files-from-raw "$EXCHANGE/old" "$TARGET"; then
        echo "deleted what is older than $KEEP_DAYS days: $(wc -l < "$EXCHANGE/old") objects"
    else
        echo "older dumps than $KEEP_DAYS days could not be deleted; the reason is above" >&2
    fi
}`;
