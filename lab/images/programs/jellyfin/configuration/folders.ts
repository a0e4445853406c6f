import { mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../reason";
import { StartFailure } from "../start-failure";
import type { Folders } from "./environment";

const PROVIDER_FOLDER = "plugins/PostgreSQL";

type Marker = "config" | "log" | "plugin" | "data" | "cache" | "transcode";

/** Makes a folder, shows that it can be written, and marks what it is for: one folder for two purposes ends the start. */
function claim(path: string, marker: Marker, podName: string): void {
    const probe = join(path, `.write-probe-${podName}`);
    try {
        mkdirSync(path, { recursive: true });
        writeFileSync(probe, "");
        unlinkSync(probe);
    } catch (error) {
        throw new StartFailure(
            `${path}: cannot be written (${reasonOf(error)}); mount a volume there that user id ${process.getuid?.() ?? "?"} may write`,
        );
    }
    const name = `.jellyfin-${marker}`;
    const other = readdirSync(path).find((entry) => entry.startsWith(".jellyfin-") && entry !== name);
    if (other !== undefined) {
        throw new StartFailure(
            `${path}: expected to find only ${name} but found ${other} (a folder serves one purpose); mount another folder there`,
        );
    }
    writeFileSync(join(path, name), "");
}

/**
 * Makes what the server writes to.
 * @throws StartFailure that names the folder that cannot be written or serves another purpose.
 */
export function claimFolders(folders: Folders, podName: string): void {
    const { data, config, cache, log } = folders;
    claim(log, "log", podName);
    claim(data, "data", podName);
    mkdirSync(join(data, "data"), { recursive: true });
    claim(config, "config", podName);
    claim(cache, "cache", podName);
    claim(join(data, "plugins"), "plugin", podName);
}

/** The transcode folder of this process alone: every file in it is deleted, whoever made it. */
export function claimTranscodes(path: string, podName: string): void {
    claim(path, "transcode", podName);
    for (const entry of readdirSync(path)) {
        if (entry === "lost+found") continue;
        rmSync(join(path, entry), { recursive: true, force: true });
    }
    claim(path, "transcode", podName);
}

/** What every start of the image does: the provider is deleted and copied, also from under another replica. */
export function copyProvider(folders: Folders, podName: string): void {
    const folder = join(folders.data, PROVIDER_FOLDER);
    try {
        mkdirSync(folder, { recursive: true });
        // Its content, not the folder: that may be a mount.
        for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true });
        writeFileSync(join(folder, "Jellyfin.Plugin.Pgsql.dll"), `stand-in, copied by ${podName}\n`);
    } catch (error) {
        throw new StartFailure(`${folder}: the database provider cannot be copied there (${reasonOf(error)})`);
    }
}
