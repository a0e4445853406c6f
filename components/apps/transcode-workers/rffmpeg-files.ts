import { stringify } from "yaml";
import { libraryPath, USER_NAME, WORKER_FOLDERS, type Places } from "./places";

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
 *
 * Never a worker's: what Jellyfin takes out of a film, subtitles and fonts, because a worker reads the folders for them and writes
 * none; and what names another part of Jellyfin's own folder (a subtitle that was downloaded, a recording), because it sees none.
 * Jellyfin writes its command lines so that the last word is where the work goes, and gives fonts no name but the folder it
 * starts ffmpeg in.
 */
export function ffmpegProgram(places: Places): string {
    const { config, ffmpeg, state } = places;
    const seen = WORKER_FOLDERS.map((folder) => ` -e "s#${config}/${folder}/##g"`).join("");
    return `#!/bin/sh
name=\${0##*/}
here() { exec ${ffmpeg}/"$name" "$@"; }
if [ ! -e ${state}/ready ]; then here "$@"; fi
last=
for last; do
  case $last in -dump_attachment*) here "$@" ;; esac
done
case \${last#file:} in ${config}/*) here "$@" ;; esac
if printf '%s\\n' "$@" | sed${seen} | grep -qE "(^|[:='\\"])${config}/"; then here "$@"; fi
if [ -n "$(find ${state}/jobs.log -size +4096k 2>/dev/null)" ]; then : > ${state}/jobs.log; fi
${run(places, '"$name"')}`;
}

/** rffmpeg under its own name, for whoever looks after it: its first word is what to do, `status`. */
export function rffmpegProgram(places: Places): string {
    return `#!/bin/sh
${run(places, "rffmpeg")}`;
}

function run(places: Places, name: string): string {
    const { files, tools } = places;
    return `export RFFMPEG_CONFIG=${files}/rffmpeg.yml PYTHONHOME=${tools}/usr LD_LIBRARY_PATH=${libraryPath(places)}
exec ${tools}/usr/bin/python3 ${tools}/bin/${name} "$@"
`;
}
