import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explain } from "./build";
import { fillCacheEntry } from "./cache-entry";
import { runCommand } from "./command";
import { findPython } from "./prerequisites";
import type { EnsureOptions } from "./ensure";

const requirementsFile = join(__dirname, "modules", "moto", "requirements.txt");

/** @returns moto's version as pinned in `requirements.txt`. */
function motoVersion(): string {
    return /^moto==(.+)$/m.exec(readFileSync(requirementsFile, "utf8"))?.[1] ?? "";
}

/**
 * Makes the virtual environment that moto runs in, once for all checkouts with the same requirements and Python.
 * An environment is started as `<python> -m ...`: its own scripts name the folder in which it was made.
 * @returns the environment's Python. @throws with the last lines of pip and what to do.
 */
export async function ensureMoto(options: EnsureOptions): Promise<string> {
    const { report, signal } = options;
    const about = { name: "moto", version: motoVersion() };
    const found = findPython(options.env);
    if (!found) throw new Error("python3: not found on PATH (moto runs on it); install Python 3.11 or newer");
    const key = createHash("sha256")
        .update(JSON.stringify([readFileSync(requirementsFile, "utf8"), found.version, found.executable]))
        .digest("hex");
    const folder = join(options.cache, "tools", `moto-${key.slice(0, 16)}`);
    const python = join(folder, "bin", "python");
    const ready = (): boolean => existsSync(python) && existsSync(join(folder, "built.json"));
    if (ready()) {
        report?.({ ...about, state: "cached", detail: folder });
        return python;
    }
    const logs = join(options.cache, "logs");
    await mkdir(logs, { recursive: true });
    const run = {
        cwd: logs,
        env: { ...options.env, PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" },
        logFile: join(logs, "moto.log"),
        signal,
        onLine: (line: string) => report?.({ ...about, state: "building", detail: line }),
    };
    report?.({ ...about, state: "building", detail: "" });
    try {
        await fillCacheEntry(folder, {
            ready,
            signal,
            onWait: (pid) => report?.({ ...about, state: "waiting", detail: `process ${pid} is installing it` }),
            fill: async (out) => {
                await runCommand(found.command, ["-m", "venv", out], run);
                const install = ["-m", "pip", "install", "--progress-bar", "off", "--no-deps", "-r", requirementsFile];
                await runCommand(join(out, "bin", "python"), install, run);
                await writeFile(join(out, "built.json"), `${JSON.stringify({ ...about, python: found.version })}\n`);
            },
        });
    } catch (error) {
        report?.({ ...about, state: signal?.aborted ? "stopped" : "failed", detail: "" });
        signal?.throwIfAborted();
        throw new Error(explain(`moto ${about.version}`, error), { cause: error });
    }
    report?.({ ...about, state: "built", detail: folder });
    return python;
}
