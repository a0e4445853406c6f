import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { isRecord } from "../../../lab/plain-values";

type Changes = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

/** The lab's house with a database that can be a cluster, and without what that does not need. */
const CHANGES: Changes = {
    // As in a real house: what holds data is protected, and volumes outlive their claims.
    "homelab:house": { protectData: true },
    "homelab:database": { mode: "single", memoryMiB: 512, maxConnections: 250 },
    // What keeps an archive takes its time at a failover, which is asked here; `writeArchiveHouse` has it.
    "homelab:objectStorage": { kind: "none", reason: "it lives for minutes" },
    "homelab:aws": undefined,
    "homelab:jellyfin": { redis: false, gpu: false, databaseGiB: 1 },
    "homelab:cluster": { joined: [] },
};

/** The same with a cluster from the start, and with the house's buckets. */
const ARCHIVE: Changes = {
    "homelab:database": { mode: "ha", memoryMiB: 512, maxConnections: 250 },
    "homelab:jellyfin": { redis: false, gpu: false, databaseGiB: 1 },
    "homelab:cluster": { joined: [] },
};

/** Areas of which nothing is kept. */
const REPLACED = ["homelab:objectStorage"];

/** Writes the stack file of such a house, whose database is a single server at first. @returns its path */
export function writeClusterHouse(): string {
    return newStackFile(CHANGES);
}

/** Writes the stack file of a house whose database is a cluster that keeps an archive. @returns its path */
export function writeArchiveHouse(): string {
    return newStackFile(ARCHIVE);
}

function newStackFile(changes: Changes): string {
    const file = join(mkdtempSync(join(tmpdir(), "cluster-house-")), "Pulumi.dev.yaml");
    write(file, changed(resolve(__dirname, "..", "..", "..", "Pulumi.dev.yaml"), changes));
    return file;
}

/** Changes `homelab:database` in a stack file, as a person would; `undefined` takes a line out. */
export function writeDatabase(file: string, change: Readonly<Record<string, string | undefined>>): void {
    write(file, changed(file, { "homelab:database": change }));
}

function changed(file: string, changes: Changes): Record<string, unknown> {
    const stack: unknown = parse(readFileSync(file, "utf8"));
    const config = isRecord(stack) && isRecord(stack["config"]) ? stack["config"] : {};
    for (const [key, change] of Object.entries(changes)) {
        const area = config[key];
        if (change === undefined) delete config[key];
        else config[key] = { ...(isRecord(area) && !REPLACED.includes(key) ? area : {}), ...change };
    }
    return config;
}

function write(file: string, config: Record<string, unknown>): void {
    writeFileSync(file, stringify({ config }, { keepUndefined: false }));
}
