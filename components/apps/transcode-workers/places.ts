/** Uid and gid of Jellyfin and of its workers: what one writes on the shared volume, the other reads and deletes. */
export const USER = 1000;
/** Name of that user in the workers' list of users; OpenSSH knows nobody without one. */
export const USER_NAME = "jellyfin";

/** Port of the workers: sshd does not run as root, which alone may listen below 1024. */
export const SSH_PORT = 2222;

/** Folders in the pods of Jellyfin and of its workers, at the same paths in both. */
export interface Places {
    /** Programs that the image lacks, unpacked. */
    readonly tools: string;
    /** Settings and scripts, from a ConfigMap. */
    readonly files: string;
    /** What one pod keeps for its life: its private key, and which workers there are. */
    readonly state: string;
    /** Private keys, for the init container alone. */
    readonly keys: string;
    /** The volume that Jellyfin and the workers share; each Jellyfin has a folder of it. */
    readonly cache: string;
    /** Jellyfin's own data. */
    readonly config: string;
    /** `ffmpeg` and `ffprobe` of the image. */
    readonly ffmpeg: string;
}

export const PLACES: Places = {
    tools: "/opt/transcode/tools",
    files: "/opt/transcode/files",
    state: "/opt/transcode/state",
    keys: "/opt/transcode/keys",
    cache: "/cache",
    config: "/config",
    ffmpeg: "/usr/lib/jellyfin-ffmpeg",
};

/** Where the dynamic linker finds what was unpacked; of one architecture, like the image. */
export function libraryPath({ tools }: Pick<Places, "tools">): string {
    return `${tools}/usr/lib/x86_64-linux-gnu:${tools}/lib/x86_64-linux-gnu`;
}

/** What Jellyfin takes out of films for ffmpeg to read, below `/config`; the only parts of it that workers see. */
export const WORKER_FOLDERS = ["data/subtitles", "data/attachments"] as const;
