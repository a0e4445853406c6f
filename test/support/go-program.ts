import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { labPaths } from "../../lab/paths";
import { goSetup } from "../../lab/toolchain/build";
import { fillCacheEntry } from "../../lab/toolchain/cache-entry";
import { runCommand } from "../../lab/toolchain/command";

const files = ["go.mod", "go.sum"] as const;

/**
 * Path of a program that only tests run, built from its published module into the lab's cache, which all checkouts share.
 * The first time takes minutes and the module proxy.
 * @param module folder with the `go.mod` and `go.sum` that pin it
 * @param packagePath import path of the program, which is named after its last part
 */
export async function goProgram(module: string, packagePath: string): Promise<string> {
    const name = basename(packagePath);
    const { cache } = labPaths(resolve(__dirname, "../.."));
    const hash = createHash("sha256");
    for (const file of files) hash.update(readFileSync(join(module, file)));
    const folder = join(cache, "tools", `${name}-${hash.digest("hex").slice(0, 16)}`);
    const program = join(folder, name);
    await fillCacheEntry(folder, {
        ready: () => existsSync(program),
        async fill(out, work) {
            for (const wanted of [out, work]) mkdirSync(wanted, { recursive: true });
            for (const file of files) copyFileSync(join(module, file), join(work, file));
            // Without C, as the lab's own programs, so that Go has compiled already what they have in common.
            const env = { ...process.env, GOFLAGS: "-mod=readonly", CGO_ENABLED: "0" };
            const run = { cwd: work, env, logFile: join(work, "log") };
            await runCommand("go", ["build", "-trimpath", "-o", join(out, name), packagePath], run);
        },
    });
    return program;
}

/** A suite that is skipped, visibly, where there is no Go to build its program with. */
export function describeWithGo(title: string, suite: (this: Mocha.Suite) => void): void {
    if (goSetup(process.env) === undefined) describe.skip(title, suite);
    else describe(title, suite);
}
