import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { STACK, type Engine } from "./engine";
import type { LabPaths } from "./paths";
import { isRecord, textOf, valueAt } from "./plain-values";
import { processStart } from "./process/pid-file";

/** An operation that an engine had begun when it died. */
export interface PendingOperation {
    readonly type: string;
    readonly resource: { readonly urn: string; readonly type: string; readonly inputs: Record<string, unknown> };
}

/** Operations whose outcome the state does not know. */
export function pendingOperations(paths: LabPaths): PendingOperation[] {
    const file = join(paths.state, ".pulumi", "stacks", "homelab", `${STACK}.json`);
    if (!existsSync(file)) return [];
    const operations = valueAt(JSON.parse(readFileSync(file, "utf8")), "checkpoint.latest.pending_operations");
    return Array.isArray(operations) ? operations.map(pendingOperation) : [];
}

function pendingOperation(value: unknown): PendingOperation {
    const inputs = valueAt(value, "resource.inputs");
    return {
        type: textOf(valueAt(value, "type")),
        resource: {
            urn: textOf(valueAt(value, "resource.urn")),
            type: textOf(valueAt(value, "resource.type")),
            inputs: isRecord(inputs) ? inputs : {},
        },
    };
}

/** Whether an engine that no longer runs has left its lock on the stack. */
export function hasStaleStackLock(paths: LabPaths): boolean {
    const folder = join(paths.state, ".pulumi", "locks", "organization", "homelab", STACK);
    if (!existsSync(folder)) return false;
    return readdirSync(folder).some((file) => {
        const pid = valueAt(JSON.parse(readFileSync(join(folder, file), "utf8")), "pid");
        return typeof pid !== "number" || processStart(pid) === undefined;
    });
}

/**
 * Brings the state in order after an engine that was killed: its lock goes, and what it was creating is looked up, taken
 * over when it came to be, and forgotten when it did not.
 */
export async function repair(paths: LabPaths, engine: Engine, say: (line: string) => void): Promise<void> {
    if (hasStaleStackLock(paths)) {
        say("the last run was killed: releasing its lock");
        await engine.run(["cancel", STACK, "--yes"], { output: "silent" });
    }
    const pending = pendingOperations(paths);
    if (pending.length === 0) return;
    say(
        `the last run was cut off in the middle of ${pending.length} operation${pending.length === 1 ? "" : "s"}: looking what came of them`,
    );
    const known = pending
        .filter(({ type }) => type === "creating")
        .flatMap(({ resource }) => {
            const id = importId(resource.type, resource.inputs);
            return id === undefined ? [] : ["--import-pending-creates", resource.urn, "--import-pending-creates", id];
        });
    const targets = pending.flatMap(({ resource }) => ["--target", resource.urn]);
    const { exitCode } = await engine.run(
        ["refresh", "--stack", STACK, "--yes", "--skip-preview", "--clear-pending-creates", ...known, ...targets],
        { output: "inherit" },
    );
    if (exitCode !== 0) say("not all of it could be looked up; the next run tells what is in the way");
}

/**
 * The id under which a provider knows a resource of which only the inputs are known; `undefined` for what exists
 * nowhere but in the state, such as passwords and keys.
 */
export function importId(type: string, inputs: Record<string, unknown>): string | undefined {
    const text = (path: string) => {
        const value = valueAt(inputs, path);
        return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    };
    const joined = (separator: string, ...parts: (string | undefined)[]) =>
        parts.every((part) => part !== undefined) ? parts.join(separator) : undefined;
    if (type === "kubernetes:helm.sh/v3:Release") return joined("/", text("namespace"), text("name"));
    if (type.startsWith("kubernetes:")) {
        const [namespace, name] = [text("metadata.namespace"), text("metadata.name")];
        return namespace === undefined ? name : joined("/", namespace, name);
    }
    switch (type) {
        case "proxmoxve:index/vmLegacy:VmLegacy":
            return joined("/", text("nodeName"), text("vmId"));
        case "proxmoxve:index/fileLegacy:FileLegacy":
            return joined("/", text("nodeName"), joined(":snippets/", text("datastoreId"), text("sourceRaw.fileName")));
        case "proxmoxve:hardware/mapping/pci:Pci":
            return text("name");
        case "aws:s3/bucket:Bucket":
            return text("bucket");
        case "aws:ecr/repository:Repository":
            return text("name");
        default:
            return undefined;
    }
}
