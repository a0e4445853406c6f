import { spawn } from "node:child_process";
import { chownSync } from "node:fs";

/** A database server refuses to run as root, and the house's jobs do not. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

export interface ScriptEnded {
    readonly code: number;
    /** Both streams. */
    readonly output: string;
}

/** Lets scripts write into a folder. */
export function giveAway(folder: string): void {
    if (isRoot) chownSync(folder, NOBODY, NOBODY);
}

/** Runs a script as a container would: by a shell, as a user who is not root, with these variables only. */
export function runScript(script: string, env: Readonly<Record<string, string>>): Promise<ScriptEnded> {
    const drop = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
    const child = spawn("/usr/bin/env", [...drop, "/bin/sh", "-c", script], { stdio: ["ignore", "pipe", "pipe"], env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text: Buffer) => (output += text.toString()));
    }
    return new Promise((done, fail) => {
        child.once("error", fail);
        child.once("close", (code) => done({ code: code ?? -1, output }));
    });
}
