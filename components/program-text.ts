import { join } from "node:path";
import { buildSync } from "esbuild";

const SERVICES = join(__dirname, "..", "services");
const made = new Map<string, string>();

/**
 * A program of `services/` as one file that Node.js runs without anything beside it. Made at once and synchronously, because
 * what a preview shows must not wait for it: 20 ms for a small one.
 * @param service name of its folder; its `main.ts` is the entry.
 */
export function programText(service: string): string {
    const known = made.get(service);
    if (known !== undefined) return known;
    const entry = join(SERVICES, service, "main.ts");
    const { outputFiles } = buildSync({
        entryPoints: [entry],
        bundle: true,
        platform: "node",
        target: "node24",
        format: "cjs",
        // Not minified: whoever looks at the object in the cluster, or at a diff of it, can read it.
        write: false,
        logLevel: "silent",
    });
    const [file] = outputFiles;
    if (file === undefined) throw new Error(`${entry}: nothing came of it`);
    made.set(service, file.text);
    return file.text;
}
