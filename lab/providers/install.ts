import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LabPaths } from "../paths";
import { type Catalogue, catalogue as wholeCatalogue } from "./catalogue";

/** One plugin as the engine finds it. */
export interface InstalledPlugin {
    readonly name: string;
    readonly version: string;
    readonly executable: string;
}

/**
 * Puts an executable for every stand-in plugin where the engine looks for it, in the version that the installed SDK asks
 * for. Repeating it changes nothing. With `LAB_PROVIDERS=released` nothing is installed: the engine fetches the released ones.
 */
export async function installPlugins(
    paths: LabPaths,
    env: NodeJS.ProcessEnv = process.env,
    catalogue: Catalogue = wholeCatalogue,
): Promise<InstalledPlugin[]> {
    if (env["LAB_PROVIDERS"] === "released") {
        return [];
    }
    const shim = join(paths.checkout, "lab", "providers", "shim.mjs");
    const installed: InstalledPlugin[] = [];
    for (const [name, { npmPackage }] of Object.entries(catalogue)) {
        const version = await pluginVersion(paths.checkout, npmPackage);
        const folder = join(paths.pulumiHome, "plugins", `resource-${name}-v${version}`);
        const executable = join(folder, `pulumi-resource-${name}`);
        await writeExecutable(executable, nodeScript(paths.checkout, [shim, name, version, paths.providerSocket]));
        installed.push({ name, version, executable });
    }
    return installed;
}

/**
 * Puts `pulumi-language-nodejs` into `bin/` of the lab.
 * @returns that folder; with it first on `PATH` the engine takes this language host.
 */
export async function installLanguageHost(paths: LabPaths): Promise<string> {
    const bin = join(paths.root, "bin");
    const host = join(paths.checkout, "lab", "providers", "language", "language-host.mts");
    const cache = join(paths.cache, "compiled");
    const script = nodeScript(paths.checkout, [host], { NODE_COMPILE_CACHE: cache });
    await writeExecutable(join(bin, "pulumi-language-nodejs"), script);
    return bin;
}

/** The version that an SDK registers its resources with, and under which the engine therefore looks for the plugin. */
async function pluginVersion(checkout: string, npmPackage: string): Promise<string> {
    const file = join(checkout, "node_modules", npmPackage, "package.json");
    const text = await readFile(file, "utf8").catch(() => {
        throw new Error(`${npmPackage}: not installed (${file} is missing); run \`npm ci\``);
    });
    const manifest = JSON.parse(text) as { version: string; pulumi?: { version?: string } };
    return (manifest.pulumi?.version ?? manifest.version).replace(/^v/, "");
}

/** A shell script that becomes Node: the project's own where it is installed, else the one that runs this. */
function nodeScript(checkout: string, argv: readonly string[], environment: Record<string, string> = {}): string {
    const own = join(checkout, "node_modules", ".bin", "node");
    const node = existsSync(own) ? own : process.execPath;
    const settings = Object.entries(environment).map(([key, value]) => `${key}=${shellQuote(value)} `);
    return `#!/bin/sh\n${settings.join("")}exec ${[node, ...argv].map(shellQuote).join(" ")} "$@"\n`;
}

function shellQuote(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Written beside and renamed, so that an engine that starts at this moment never meets half a file. */
async function writeExecutable(path: string, content: string): Promise<void> {
    if ((await readFile(path, "utf8").catch(() => undefined)) === content) {
        return;
    }
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.new`;
    await writeFile(draft, content);
    await chmod(draft, 0o755);
    await rename(draft, path);
}
