/** Where things are in the container of the smoke test; the script reads no other place. */
export const SMOKE_TEST_PLACES = {
    FFMPEG: "/usr/lib/jellyfin-ffmpeg/ffmpeg",
    DEVICES: "/dev",
    /** The message with which a container ended, for whoever reads its pod. */
    REPORT: "/dev/termination-log",
} as const;

/**
 * What the smoke test runs; `ACCELERATION` says how the GPU is spoken to, by Jellyfin's words. Which encoder was used is read
 * from what ffmpeg says that it did, not from what it was told.
 */
export const SMOKE_TEST_SCRIPT = String.raw`set -u
tell() {
    printf '%s\n' "$1"
    printf '%s\n' "$1" >"$REPORT"
}
fail() {
    tell "$1"
    exit 1
}
find_render_node() {
    for node in "$DEVICES"/dri/renderD*; do
        [ -e "$node" ] || fail "no GPU: there is no $DEVICES/dri/renderD* in the container; the device plugin gave none, or the node's driver made none"
        { [ -r "$node" ] && [ -w "$node" ]; } || fail "no right to use the GPU: $node is closed to user $(id -u); the node has no udev rule for it"
        return
    done
}
# One second of a moving picture: small, and larger than the smallest that each encoder takes.
transcode() {
    "$FFMPEG" -nostdin -hide_banner -loglevel info -y "$@" -f null - 2>&1
}
picture=testsrc=duration=1:size=320x240:rate=30

[ -x "$FFMPEG" ] || fail "no ffmpeg: $FFMPEG is not in the image"
case "$ACCELERATION" in
qsv)
    find_render_node
    wanted=h264_qsv
    said=$(transcode -init_hw_device "vaapi=va:$node" -init_hw_device qsv=qs@va -filter_hw_device qs \
        -f lavfi -i "$picture" -vf format=nv12,hwupload=extra_hw_frames=64 -c:v "$wanted")
    ended=$?
    ;;
vaapi)
    find_render_node
    wanted=h264_vaapi
    said=$(transcode -init_hw_device "vaapi=va:$node" -filter_hw_device va \
        -f lavfi -i "$picture" -vf format=nv12,hwupload -c:v "$wanted")
    ended=$?
    ;;
nvenc)
    [ -e "$DEVICES/nvidiactl" ] || fail "no GPU: there is no $DEVICES/nvidiactl in the container; the device plugin or the RuntimeClass nvidia gave none"
    wanted=h264_nvenc
    said=$(transcode -f lavfi -i "$picture" -c:v "$wanted")
    ended=$?
    ;;
none)
    wanted=libx264
    said=$(transcode -f lavfi -i "$picture" -c:v "$wanted")
    ended=$?
    ;;
*)
    fail "ACCELERATION is $ACCELERATION; write vaapi, qsv, nvenc or none"
    ;;
esac

if [ "$ended" -ne 0 ]; then
    printf '%s\n' "$said"
    fail "$wanted failed: $(printf '%s\n' "$said" | grep -v '^ *$' | tail -n 3 | tr '\n' ' ')"
fi
used=$(printf '%s\n' "$said" | sed -n 's/.*Stream #0:0 -> #0:0 (.* -> h264 (\(.*\))).*/\1/p')
[ "$used" = "$wanted" ] || fail "$wanted was asked for, and ffmpeg says that it used '$used'"
tell "encoder=$used"
`;
