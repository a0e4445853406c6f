import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
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
    return readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .some((file) => {
            const pid = valueAt(readJson(join(folder, file)), "pid");
            return typeof pid !== "number" || processStart(pid) === undefined;
        });
}

/** @returns `undefined` for a file that is not there or was not written to its end. */
function readJson(file: string): unknown {
    try {
        return JSON.parse(readFileSync(file, "utf8"));
    } catch {
        return undefined;
    }
}

/**
 * Removes notes that the engine was just writing beside its state when it was killed. It writes the state itself in one
 * step, but not the content types beside it (`*.attrs`), and refuses a state whose note is empty: "EOF".
 */
function removeHalfWritten(paths: LabPaths): void {
    const folder = join(paths.state, ".pulumi");
    if (!existsSync(folder)) return;
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const unfinished = file.endsWith(".attrs") && readJson(join(folder, file)) === undefined;
        if (unfinished || file.endsWith(".tmp")) rmSync(join(folder, file), { force: true });
    }
}

/** An exported stack in which every operation that was cut off is part of the state, and what is to be looked up in it. */
export interface Settled {
    readonly stack: unknown;
    /** URNs whose state nobody knows before it was read. */
    readonly unsure: readonly string[];
}

/**
 * Pure: takes what an engine was creating when it died for made, where a provider can find out whether it is; a refresh
 * then fills it in, or drops it. What nobody could find is forgotten: it is made anew. (The engine has an option for
 * this, `refresh --import-pending-creates`; it drops the operation without reading anything.)
 *
 * @param stack what `pulumi stack export` prints
 */
export function settle(stack: unknown): Settled {
    const deployment = valueAt(stack, "deployment");
    if (!isRecord(stack) || !isRecord(deployment)) return { stack, unsure: [] };
    const listOf = (key: string) => (Array.isArray(deployment[key]) ? deployment[key].filter(isRecord) : []);
    const resources = listOf("resources");
    const known = new Set(resources.map(({ urn }) => textOf(urn)));
    const pending = listOf("pending_operations").map((value) => ({ ...pendingOperation(value), value }));
    const made = pending.flatMap(({ type, resource, value }) => {
        const id = type === "creating" ? importId(resource.type, resource.inputs) : undefined;
        const record = valueAt(value, "resource");
        // What replaces something that is still there is planned again.
        if (id === undefined || known.has(resource.urn) || !isRecord(record)) return [];
        return [{ ...record, id, outputs: {} }];
    });
    const begun = pending.filter(({ type }) => type !== "creating").map(({ resource }) => resource.urn);
    const unsure = [...made.map((one) => textOf(valueAt(one, "urn"))), ...begun.filter((urn) => known.has(urn))];
    const settled = { ...deployment, resources: [...resources, ...made], pending_operations: [] };
    return { stack: { ...stack, deployment: settled }, unsure };
}

/**
 * Brings the state in order after an engine that was killed: its lock goes, and what it was doing is looked up, taken over
 * when it came to be, and forgotten when it did not.
 */
export async function repair(paths: LabPaths, engine: Engine, say: (line: string) => void): Promise<void> {
    if (hasStaleStackLock(paths)) {
        say("the last run was killed: releasing its lock");
        removeHalfWritten(paths);
        await engine.run(["cancel", STACK, "--yes"], { output: "silent" });
    }
    const pending = pendingOperations(paths);
    if (pending.length === 0) return;
    const count = `${pending.length} operation${pending.length === 1 ? "" : "s"}`;
    say(`the last run was cut off in the middle of ${count}: looking what came of them`);
    const exported = await engine.run(["stack", "export", "--stack", STACK], { output: "capture" });
    const { stack, unsure } = settle(JSON.parse(exported.stdout));
    const input = JSON.stringify(stack);
    const imported = await engine.run(["stack", "import", "--stack", STACK], { output: "capture", input });
    const targets = unsure.flatMap((urn) => ["--target", urn]);
    const refresh = ["refresh", "--stack", STACK, "--yes", "--skip-preview"];
    const { exitCode } = unsure.length === 0 ? imported : await engine.run([...refresh, ...targets]);
    if (imported.exitCode !== 0 || exitCode !== 0)
        say("not all of it could be looked up; the next run tells what is in the way");
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
    // A part of a bucket's settings has the bucket's name, like the bucket itself.
    if (type.startsWith("aws:s3/")) return text("bucket");
    if (type.startsWith("kubernetes:")) {
        const [namespace, name] = [text("metadata.namespace"), text("metadata.name")];
        return namespace === undefined ? name : joined("/", namespace, name);
    }
    switch (type) {
        case "proxmoxve:index/vmLegacy:VmLegacy":
            return joined("/", text("nodeName"), text("vmId"));
        case "proxmoxve:index/fileLegacy:FileLegacy":
            return joined("/", text("nodeName"), joined(":snippets/", text("datastoreId"), text("sourceRaw.fileName")));
        case "proxmoxve:download/file:File":
            return joined(
                "/",
                text("nodeName"),
                joined(":", text("datastoreId"), text("contentType")),
                text("fileName"),
            );
        case "proxmoxve:hardware/mapping/pci:Pci":
            return text("name");
        case "aws:ecr/repository:Repository":
        case "aws:iam/user:User":
        case "aws:iam/role:Role":
            return text("name");
        case "aws:ecr/lifecyclePolicy:LifecyclePolicy":
            return text("repository");
        case "aws:iam/userPolicy:UserPolicy":
            return joined(":", text("user"), text("name"));
        case "aws:iam/rolePolicy:RolePolicy":
            return joined(":", text("role"), text("name"));
        default:
            return undefined;
    }
}
