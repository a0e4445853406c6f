import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { labPaths } from "../../lab/paths";
import { fillCacheEntry } from "../../lab/toolchain/cache-entry";
import { runCommand } from "../../lab/toolchain/command";

const module = join(__dirname, "actionlint");
const files = ["go.mod", "go.sum"] as const;

/** Path of actionlint, built from its published module into the lab's cache, which all checkouts share. */
export async function actionlint(): Promise<string> {
    const { cache } = labPaths(resolve(__dirname, "../.."));
    const hash = createHash("sha256");
    for (const file of files) hash.update(readFileSync(join(module, file)));
    const folder = join(cache, "tools", `actionlint-${hash.digest("hex").slice(0, 16)}`);
    const tool = join(folder, "actionlint");
    await fillCacheEntry(folder, {
        ready: () => existsSync(tool),
        async fill(out, work) {
            for (const wanted of [out, work]) mkdirSync(wanted, { recursive: true });
            for (const file of files) copyFileSync(join(module, file), join(work, file));
            const run = { cwd: work, env: { ...process.env, GOFLAGS: "-mod=readonly" }, logFile: join(work, "log") };
            const build = ["build", "-trimpath", "-o", join(out, "actionlint")];
            await runCommand("go", [...build, "github.com/rhysd/actionlint/cmd/actionlint"], run);
        },
    });
    return tool;
}
