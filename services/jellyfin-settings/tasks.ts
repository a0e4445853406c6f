import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "ScheduledTasks";

/**
 * Tasks of Jellyfin 10.11 whose work is the same for all pods: the library, the database, the shared folder. By the names of
 * their types, from which the server makes their ids. Not those that clean a pod's own cache, transcodes and log.
 */
const SHARED_TASKS = [
    ...[
        "AudioNormalizationTask",
        "ChapterImagesTask",
        "CleanActivityLogTask",
        "CleanupCollectionAndPlaylistPathsTask",
        "CleanupUserDataTask",
        "MediaSegmentExtractionTask",
        "OptimizeDatabaseTask",
        "PeopleValidationTask",
        "PluginUpdateTask",
        "RefreshMediaLibraryTask",
    ].map((name) => `Emby.Server.Implementations.ScheduledTasks.Tasks.${name}`),
    "MediaBrowser.Providers.Lyric.LyricScheduledTask",
    "MediaBrowser.Providers.MediaInfo.SubtitleScheduledTask",
    "MediaBrowser.Providers.Trickplay.TrickplayImagesTask",
    "MediaBrowser.Providers.Trickplay.TrickplayMoveImagesTask",
    "Jellyfin.LiveTv.Channels.RefreshChannelsScheduledTask",
    "Jellyfin.LiveTv.Guide.RefreshGuideScheduledTask",
    "Jellyfin.MediaEncoding.Hls.ScheduledTasks.KeyframeExtractionScheduledTask",
];

/** The id that the server gives to a task: the MD5 of its type's name in UTF-16, as .NET writes a GUID of those bytes. */
function taskId(type: string): string {
    const bytes = createHash("md5").update(type, "utf16le").digest();
    const parts = [
        [3, 2, 1, 0],
        [5, 4],
        [7, 6],
        [8, 9],
        [10, 11, 12, 13, 14, 15],
    ];
    return parts.map((part) => part.map((at) => bytes.toString("hex", at, at + 1)).join("")).join("-");
}

/** Leaves the tasks that are the same for all pods without a time to start at; whoever starts one by hand may. */
export function withoutSharedTasks(own: string): void {
    const folder = join(own, FOLDER);
    mkdirSync(folder, { recursive: true });
    for (const type of SHARED_TASKS) writeFileSync(join(folder, `${taskId(type)}.js`), "[]");
}
