import { ConfigError } from "./issues";
import { readStackFile } from "./stack-file";

/**
 * Checks a stack file as it lies there, without an engine and without its secrets.
 * @returns every mistake as text; nothing when there is none
 */
function mistakesIn(file: string): string | undefined {
    try {
        readStackFile(file);
        return undefined;
    } catch (error) {
        if (error instanceof ConfigError) return `${file}: ${error.message}`;
        return `${file}: ${error instanceof Error ? error.message : String(error)}`;
    }
}

// `npm run --silent check:house -- Pulumi.prod.yaml`
if (require.main === module) {
    const found = process.argv.slice(2).flatMap((file) => mistakesIn(file) ?? []);
    if (found.length > 0) console.error(found.join("\n"));
    process.exitCode = found.length > 0 ? 1 : 0;
}
