import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { ConfigError } from "./issues";
import { parseConfig } from "./parse";
import { secretKeys } from "./secrets";

const PREFIX = "homelab:";

/**
 * Checks a stack file as it lies there, without an engine and without its secrets.
 * @returns every mistake as text; nothing when there is none
 */
function mistakesIn(file: string): string | undefined {
    try {
        const document: unknown = parse(readFileSync(file, "utf8"));
        const config = isRecord(document) && isRecord(document["config"]) ? document["config"] : {};
        const areas = Object.entries(config)
            .filter(([key]) => key.startsWith(PREFIX))
            .map(([key, value]) => [key.slice(PREFIX.length), value] as const)
            .filter(([area]) => !secretKeys.some((key) => key === area));
        parseConfig(Object.fromEntries(areas));
        return undefined;
    } catch (error) {
        if (error instanceof ConfigError) return `${file}: ${error.message}`;
        return `${file}: ${error instanceof Error ? error.message : String(error)}`;
    }
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

// `npm run --silent check:house -- Pulumi.prod.yaml`
if (require.main === module) {
    const found = process.argv.slice(2).flatMap((file) => mistakesIn(file) ?? []);
    if (found.length > 0) console.error(found.join("\n"));
    process.exitCode = found.length > 0 ? 1 : 0;
}
