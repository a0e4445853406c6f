import type { Places } from "./places";
import { ffmpegProgram, rffmpegProgram, rffmpegSettings } from "./rffmpeg-files";
import {
    authorizedKeys,
    knownHosts,
    sshdSettings,
    sshProgram,
    sshSettings,
    userList,
    workerProgram,
} from "./ssh-files";

/** The public side of who knows whom: keys as OpenSSH writes them. */
export interface Acquaintance {
    readonly port: number;
    readonly workers: readonly { readonly host: string; readonly key: string }[];
    readonly clientKey: string;
}

/** Every file that Jellyfin and its workers read, by name. No private key is among them. */
export function transcodeFiles(places: Places, { port, workers, clientKey }: Acquaintance) {
    const program = ffmpegProgram(places);
    return {
        ffmpeg: program,
        ffprobe: program,
        rffmpeg: rffmpegProgram(places),
        "rffmpeg.yml": rffmpegSettings(places),
        ssh: sshProgram(places),
        ssh_config: sshSettings(places, port),
        known_hosts: knownHosts(workers, port),
        sshd_config: sshdSettings(places, port),
        authorized_keys: authorizedKeys(clientKey),
        "worker.sh": workerProgram(places),
        users: userList(),
    };
}
