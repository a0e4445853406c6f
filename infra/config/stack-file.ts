import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseConfig } from "./parse";
import type { HomelabConfig } from "./schema";
import { secretKeys } from "./secrets";

const PREFIX = "homelab:";

/**
 * Reads a stack file as it lies there, without an engine and without its secrets.
 * @throws {ConfigError} with every mistake
 */
export function readStackFile(file: string): HomelabConfig {
    const document: unknown = parse(readFileSync(file, "utf8"));
    const config = isRecord(document) && isRecord(document["config"]) ? document["config"] : {};
    const areas = Object.entries(config)
        .filter(([key]) => key.startsWith(PREFIX))
        .map(([key, value]) => [key.slice(PREFIX.length), value] as const)
        .filter(([area]) => !secretKeys.some((key) => key === area));
    return parseConfig(Object.fromEntries(areas));
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
