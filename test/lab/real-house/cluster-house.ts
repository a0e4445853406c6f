import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { isRecord } from "../../../lab/plain-values";

/** The lab's house with its database as a cluster, and without what that does not need. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> = {
    "homelab:database": { mode: "ha", memoryMiB: 512, maxConnections: 250 },
    // The plugin that would keep an archive idles, and a cluster waits for it.
    "homelab:objectStorage": { kind: "none", reason: "it lives for minutes" },
    "homelab:aws": undefined,
    "homelab:jellyfin": { redis: false, gpu: false, databaseGiB: 1 },
    "homelab:cluster": { joined: [] },
};

/** Writes the stack file of such a house. @returns its path */
export function writeClusterHouse(): string {
    const stack: unknown = parse(readFileSync(resolve(__dirname, "..", "..", "..", "Pulumi.dev.yaml"), "utf8"));
    const config = isRecord(stack) && isRecord(stack["config"]) ? stack["config"] : {};
    for (const [key, change] of Object.entries(CHANGES)) {
        const area = config[key];
        if (change === undefined) delete config[key];
        else config[key] = { ...(isRecord(area) && key !== "homelab:objectStorage" ? area : {}), ...change };
    }
    const file = join(mkdtempSync(join(tmpdir(), "cluster-house-")), "Pulumi.dev.yaml");
    writeFileSync(file, stringify({ config }));
    return file;
}
