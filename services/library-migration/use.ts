import { Refusal } from "./refusal";
import type { Target } from "./target";

/** Tables that have rows where somebody has used the database. */
const PEOPLES = ["BaseItems", "UserData", "Devices"];
/** Rows that a schema brings itself: a placeholder that every item may refer to. */
const SEEDED: Readonly<Record<string, number>> = { BaseItems: 1 };
/** So many changed tables are named; more of them say nothing new. */
const NAMED_TABLES = 5;

/** What a migration finds in the target. */
export interface Use {
    /** Whether it is what a migration has left there, and nothing else: a copy of that migration's source has it. */
    readonly isAsMigrated: boolean;
    /** What people have done there, in words; empty: nothing. */
    readonly facts: readonly string[];
}

/** Looks for what a migration would take from people: in a database that was migrated, every change since. */
export async function useOf(target: Target): Promise<Use> {
    if (!(await target.kept.isThere())) return { isAsMigrated: false, facts: await rowsOfPeople(target) };
    const noted = await target.kept.noted();
    if (noted.size === 0) return { isAsMigrated: false, facts: ["migrated, without a note of what it held then"] };
    const changed: string[] = [];
    for (const table of new Set([...target.tables.keys(), ...noted.keys()])) {
        const found = target.tables.has(table) ? (await target.checksum(table)).toString() : undefined;
        if (found !== noted.get(table)) changed.push(table);
    }
    if (changed.length === 0) return { isAsMigrated: true, facts: [] };
    const more = changed.length > NAMED_TABLES ? [`${changed.length - NAMED_TABLES} more tables`] : [];
    const named = [...changed.slice(0, NAMED_TABLES), ...more].join(", ");
    return { isAsMigrated: false, facts: [`changed since it was migrated: ${named}`] };
}

/** A database that people have used is not replaced in passing. @throws Refusal with what they have done */
export function refuseUnlessUnused({ facts }: Use): void {
    if (facts.length > 0)
        throw new Refusal([
            `target: is in use (${facts.join(", ")}); add --replace to replace it, it is kept for --rollback`,
        ]);
}

async function rowsOfPeople(target: Target): Promise<string[]> {
    const used: string[] = [];
    for (const table of PEOPLES.filter((name) => target.tables.has(name))) {
        const rows = (await target.rowCount(table)) - (SEEDED[table] ?? 0);
        if (rows > 0) used.push(`${table} has ${rows} rows`);
    }
    return used;
}
