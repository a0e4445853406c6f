import { join } from "node:path";
import { build } from "esbuild";

const ENTRY = join(__dirname, "..", "..", "services", "library-migration", "main.ts");

/** The program of `services/library-migration` as one file that Node.js runs without anything beside it. */
export async function migrationProgram(): Promise<string> {
    const { outputFiles } = await build({
        entryPoints: [ENTRY],
        bundle: true,
        platform: "node",
        target: "node24",
        format: "cjs",
        minify: true,
        write: false,
        // A faster driver that pg takes where it is installed.
        external: ["pg-native"],
        logLevel: "silent",
    });
    const [file] = outputFiles;
    if (file === undefined) throw new Error(`${ENTRY}: nothing came of it`);
    return file.text;
}
