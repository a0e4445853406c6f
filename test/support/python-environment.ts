import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { labPaths } from "../../lab/paths";
import { fillCacheEntry } from "../../lab/toolchain/cache-entry";
import { runCommand } from "../../lab/toolchain/command";
import { findPython } from "../../lab/toolchain/prerequisites";

/**
 * A virtual environment that only tests use, in the lab's cache and shared by all checkouts. The first time takes the
 * package index. Its own scripts name the folder in which it was made, so programs are run as `<python> -m ...`.
 * @param requirements path of the file that pins what is in it, dependencies included
 * @returns path of its Python
 */
export async function pythonEnvironment(name: string, requirements: string): Promise<string> {
    const { cache } = labPaths(resolve(__dirname, "../.."));
    const found = findPython(process.env);
    assert.ok(found, "python3 is on PATH");
    const key = createHash("sha256").update(readFileSync(requirements)).update(found.version).digest("hex");
    const folder = join(cache, "tools", `${name}-${key.slice(0, 16)}`);
    await fillCacheEntry(folder, {
        ready: () => existsSync(join(folder, "built.json")),
        async fill(out, work) {
            mkdirSync(work, { recursive: true });
            const run = {
                cwd: work,
                env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
                logFile: join(work, "log"),
            };
            await runCommand(found.command, ["-m", "venv", out], run);
            const install = ["-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements];
            await runCommand(join(out, "bin", "python"), install, run);
            writeFileSync(join(out, "built.json"), "{}\n");
        },
    });
    return join(folder, "bin", "python");
}
