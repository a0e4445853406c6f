import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyPlain, replaceFile } from "./plain-files";
import { allowStart } from "./release";
import { withoutSharedTasks } from "./tasks";
import { fileNames, files, Refusal, type WantedFiles } from "./wanted";
import { withSettings } from "./xml";

/** Where the files of a pod come from, and where they go. */
export interface Places {
    /** Shared by the pods: what people have set. */
    readonly kept: string;
    /** The pod's own: what the server reads and writes. */
    readonly own: string;
}

export interface PrepareArgs extends Places {
    readonly files: WantedFiles;
    /** Whether the database has somebody who can log in: then the first-run wizard is over, whatever a file says. */
    readonly isSetUp: boolean;
    /** The release of the image, and the one that an upgrade leaves behind (empty: none is meant). */
    readonly release: string;
    readonly upgradeFrom: string;
    /** Folders of libraries: one that is not there is no library, and a new NAS has none. */
    readonly mediaFolders: readonly string[];
    /** Whether another pod runs the tasks that are the same for all. */
    readonly tasksElsewhere: boolean;
}

/** Holds the database's password in plain text; made anew at every start. */
const NEVER_KEPT = new Set(["database.xml"]);
/** People's pictures: the database knows their paths, so that both pods must see the same files. */
const PICTURES = "users";
const RELEASE_FILE = "release";
/** Kept beside what people have set, and no files of the server's. `set-up` says that people could log in. */
const NOT_SETTINGS = new Set([RELEASE_FILE, "set-up", PICTURES]);

function read(path: string): string | undefined {
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** @throws Refusal where it may not; what is there is left as it is. */
function makeFolder(path: string): void {
    try {
        mkdirSync(path, { recursive: true, mode: 0o775 });
    } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Refusal(
            `${path}: cannot be made (${why}); make it on the NAS, for user ${process.getuid?.() ?? "?"}`,
        );
    }
}

/**
 * Fills the pod's own folder before the server starts: what is kept, with what is wanted.
 * @throws Refusal where another release ran here and no upgrade is meant.
 */
export function prepare(args: PrepareArgs, podName: string, say: (line: string) => void): void {
    const { kept, own, release } = args;
    const releaseFile = join(kept, RELEASE_FILE);
    const ran = read(releaseFile);
    allowStart(ran, release, args.upgradeFrom);
    mkdirSync(join(kept, PICTURES), { recursive: true });
    // Before the server: one that began to change the tables and died has changed them.
    if (ran?.trim() !== release) {
        replaceFile(releaseFile, `${release}\n`, podName);
        say(ran === undefined ? `${release} starts for the first time` : `${release} follows ${ran.trim()}`);
    }
    const names = readdirSync(kept).filter(
        (name) => !NOT_SETTINGS.has(name) && !NEVER_KEPT.has(name) && !name.startsWith("."),
    );
    const leftOut = copyPlain(names, kept, own);
    if (leftOut.length > 0) say(`${leftOut.join(", ")}: no file and no folder, so not used; remove it`);
    rmSync(join(own, PICTURES), { recursive: true, force: true });
    symlinkSync(join(kept, PICTURES), join(own, PICTURES));
    for (const name of fileNames) {
        const { name: file, root } = files[name];
        const settings =
            name === "system" ? { ...args.files.system, IsStartupWizardCompleted: args.isSetUp } : args.files[name];
        writeFileSync(join(own, file), withSettings(read(join(own, file)), root, settings));
    }
    if (args.tasksElsewhere) withoutSharedTasks(own);
    for (const folder of args.mediaFolders) makeFolder(folder);
    say(`${own}: ${fileNames.map((name) => files[name].name).join(", ")} are as the house wants them`);
}
