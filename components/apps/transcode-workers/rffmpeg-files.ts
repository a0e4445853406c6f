import { stringify } from "yaml";
import { libraryPath, USER_NAME, type Places } from "./places";

/** Settings of rffmpeg. All four groups are written: it stops where one is missing. */
export function rffmpegSettings({ ffmpeg, files, state }: Places): string {
    return stringify({
        rffmpeg: {
            logging: { log_to_file: true, logfile: `${state}/jobs.log` },
            directories: { state, persist: state },
            // No connection is kept: one to a worker that has died would hold up every job behind it.
            remote: { user: USER_NAME, persist: 0, args: [] },
            commands: {
                ssh: `${files}/ssh`,
                ffmpeg: `${ffmpeg}/ffmpeg`,
                ffprobe: `${ffmpeg}/ffprobe`,
                fallback_ffmpeg: `${ffmpeg}/ffmpeg`,
                fallback_ffprobe: `${ffmpeg}/ffprobe`,
            },
        },
    });
}

/**
 * What Jellyfin starts as `ffmpeg` and `ffprobe`: rffmpeg, which chooses a worker, by a link of that name. Without it, or
 * without a worker that answers, the pod does the work itself. A job that is a line in the log may run for a second: the
 * log is emptied at 4 MiB.
 */
export function ffmpegProgram(places: Places): string {
    const { ffmpeg, files, state, tools } = places;
    return `#!/bin/sh
name=\${0##*/}
if [ ! -e ${state}/ready ]; then exec ${ffmpeg}/"$name" "$@"; fi
if [ -n "$(find ${state}/jobs.log -size +4096k 2>/dev/null)" ]; then : > ${state}/jobs.log; fi
export RFFMPEG_CONFIG=${files}/rffmpeg.yml PYTHONHOME=${tools}/usr LD_LIBRARY_PATH=${libraryPath(places)}
exec ${tools}/usr/bin/python3 ${tools}/bin/"$name" "$@"
`;
}
