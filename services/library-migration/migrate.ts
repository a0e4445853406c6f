import type { Client } from "pg";
import { Checksum } from "./checksum";
import type { Column } from "./column";
import { convert, type PlainValue, Unconvertible } from "./convert";
import { Refusal } from "./refusal";
import type { Source } from "./source";
import { HISTORY, Target } from "./target";
import { refuseUnlessUnused, useOf } from "./use";

/** Rows that are sent at once; memory is bounded by it, and by the widest rows. */
const BATCH_ROWS = 1_000;
/** Half of a row's text is its overview; a batch is sent when it has as much, bytes. */
const BATCH_BYTES = 1_000_000;
/** So many mistakes of one table are told; more of them say nothing new. */
const TOLD_MISTAKES = 5;

export interface MigrationOptions {
    /** Whether only to look: everything is read, converted and counted, and nothing is changed. */
    readonly dryRun: boolean;
    /** Whether what people have done in the target may be replaced. */
    readonly replace: boolean;
    readonly say: (line: string) => void;
}

export interface TableReport {
    readonly table: string;
    readonly checksum: string;
    readonly rows: number;
    /** Values that had to be changed so that they fit, by how. */
    readonly changed: ReadonlyMap<string, number>;
    readonly orphans: number;
}

/**
 * Moves a library from SQLite to PostgreSQL in one transaction, and compares both sides before it ends.
 * @returns what was moved
 * @throws Refusal with every reason; the target is as it was
 */
export async function migrate(
    source: Source,
    client: Client,
    options: MigrationOptions,
): Promise<readonly TableReport[]> {
    const target = await Target.open(client);
    try {
        refuseUnlessSameSchema(source, target);
        const use = await useOf(target);
        if (!options.replace) refuseUnlessUnused(use);
        if (!use.isAsMigrated) await keep(target, options);
        const reports = await moved(source, target, options);
        if (options.dryRun) await target.abandon();
        else await target.commit();
        return reports;
    } catch (error) {
        await target.abandon().catch(() => undefined);
        throw error;
    }
}

/**
 * Puts back what the target held before its newest migration.
 * @returns whether an earlier migration has replaced something too, which a second call puts back
 * @throws Refusal where it was never migrated
 */
export async function rollBack(client: Client): Promise<boolean> {
    const target = await Target.open(client);
    try {
        const isMoreKept = await target.rollBack();
        await target.commit();
        return isMoreKept;
    } catch (error) {
        await target.abandon().catch(() => undefined);
        throw error;
    }
}

async function keep(target: Target, { say }: MigrationOptions): Promise<void> {
    const older = await target.kept.keep(target.tables.keys());
    if (older !== undefined) say(`what the migration before this one has replaced is kept in ${older}`);
}

async function moved(
    source: Source,
    target: Target,
    { dryRun, say }: MigrationOptions,
): Promise<readonly TableReport[]> {
    const references = await target.clear();
    const read: (TableCopy & { readonly table: string })[] = [];
    const mistakes: string[] = [];
    for (const [table, columns] of target.tables) {
        const copied = await copy(source, target, table, columns);
        mistakes.push(...copied.mistakes);
        read.push({ table, ...copied });
        say(`${table}: ${copied.checksum.toString()}`);
    }
    if (mistakes.length > 0) throw new Refusal(mistakes);
    await refuseUnlessEqual(target, read);
    const orphans = await target.setOrphansAside(references);
    await target.refer(references);
    await target.advanceCounters();
    await note(target, read, orphans);
    say(dryRun ? "everything could be moved; nothing was changed" : "both sides are equal");
    return read.map(({ table, checksum, changed }) => ({
        table,
        checksum: checksum.toString(),
        rows: checksum.rows,
        changed,
        orphans: orphans.get(table) ?? 0,
    }));
}

/** Notes what is in the tables from here on, so that the next migration sees whether they were used. */
async function note(
    target: Target,
    read: readonly { readonly table: string; readonly checksum: Checksum }[],
    orphans: ReadonlyMap<string, number>,
): Promise<void> {
    const left = new Map<string, string>();
    for (const { table, checksum } of read)
        left.set(table, (orphans.has(table) ? await target.checksum(table) : checksum).toString());
    await target.kept.note(left);
}

interface TableCopy {
    readonly checksum: Checksum;
    readonly changed: ReadonlyMap<string, number>;
    readonly mistakes: readonly string[];
}

async function copy(source: Source, target: Target, table: string, columns: readonly Column[]): Promise<TableCopy> {
    const [checksum, changed, mistakes] = [new Checksum(), new Map<string, number>(), new Array<string>()];
    let wrong = 0;
    let batch: PlainValue[][] = [];
    let bytes = 0;
    for (const values of source.rows(table, columns)) {
        const row: PlainValue[] = [];
        for (const [index, column] of columns.entries()) {
            try {
                const { plain, changed: how } = convert(values[index] ?? null, column);
                if (how !== undefined) {
                    const what = `${column.name} ${how}`;
                    changed.set(what, (changed.get(what) ?? 0) + 1);
                }
                row.push(plain);
                bytes += plain?.length ?? 0;
            } catch (error) {
                if (!(error instanceof Unconvertible)) throw error;
                wrong++;
                if (mistakes.length < TOLD_MISTAKES)
                    mistakes.push(`${table}.${column.name}: ${error.message}; mend or delete the row in the source`);
            }
        }
        if (wrong > 0) continue;
        checksum.add(row);
        batch.push(row);
        if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
        await target.insert(table, batch);
        [batch, bytes] = [[], 0];
    }
    if (batch.length > 0 && wrong === 0) await target.insert(table, batch);
    if (wrong > mistakes.length) mistakes.push(`${table}: ${wrong - mistakes.length} more of the kind`);
    return { checksum, changed, mistakes };
}

/** Reads everything back: what PostgreSQL holds, not what it was sent. */
async function refuseUnlessEqual(
    target: Target,
    read: readonly { readonly table: string; readonly checksum: Checksum }[],
): Promise<void> {
    const different: string[] = [];
    for (const { table, checksum } of read) {
        const found = await target.checksum(table);
        if (found.toString() !== checksum.toString())
            different.push(
                `${table}: ${checksum.toString()} were read and ${found.toString()} arrived (a row changed on its way); nothing was kept, please report it`,
            );
    }
    if (different.length > 0) throw new Refusal(different);
}

function refuseUnlessSameSchema(source: Source, target: Target): void {
    const theirs = source.tables();
    const reasons: string[] = [];
    const cure = "start the library once with the release of the target, stop it, and come again";
    for (const [table, columns] of target.tables) {
        const found = theirs.get(table);
        if (found === undefined) reasons.push(`source: has no table ${table} (it is of another release); ${cure}`);
        const missing = columns.filter(({ name }) => found?.includes(name) === false).map(({ name }) => name);
        if (missing.length > 0)
            reasons.push(`source: ${table} lacks ${missing.join(", ")} (it is of another release); ${cure}`);
    }
    for (const [table, columns] of theirs) {
        if (table === HISTORY || table === "__EFMigrationsLock") continue;
        const known = target.tables.get(table)?.map(({ name }) => name);
        const extra = columns.filter((name) => known?.includes(name) === false);
        if (known === undefined && source.rowCount(table) > 0)
            reasons.push(
                `target: has no table ${table}, whose rows would be lost; use the source's release of Jellyfin there`,
            );
        if (extra.length > 0)
            reasons.push(
                `target: ${table} lacks ${extra.join(", ")}, which would be lost; use the source's release of Jellyfin there`,
            );
    }
    if (reasons.length > 0) throw new Refusal(reasons);
}
