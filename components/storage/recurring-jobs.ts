import type { BlockPurpose } from "./block-classes";

/** What Longhorn does for volumes again and again (`RecurringJob`, `longhorn.io/v1beta2`). */
export interface RecurringJob {
    /** Name of the object, at most 40 characters. */
    readonly name: string;
    readonly task: "snapshot" | "backup" | "filesystem-trim";
    /** Five fields, in UTC. */
    readonly cron: string;
    /** Purposes whose volumes it is for. */
    readonly groups: readonly BlockPurpose[];
    /** How many are kept of each volume; 0 for a task that makes nothing. */
    readonly retain: number;
}

/** Volumes that are worked on at the same time: each takes disk and network from those who watch a film. */
const CONCURRENCY = 2;

/**
 * A snapshot helps against what a program did to its data, and is gone with the disks; a backup is neither. Two days of
 * snapshots of a database, a week of a configuration, two weeks of backups. What can be made again is only trimmed:
 * without, blocks of deleted files stay taken.
 */
const JOBS: readonly RecurringJob[] = [
    { name: "snapshot-database", task: "snapshot", cron: "0 */6 * * *", groups: ["database"], retain: 8 },
    { name: "snapshot-config", task: "snapshot", cron: "15 1 * * *", groups: ["config"], retain: 7 },
    { name: "backup-database", task: "backup", cron: "30 2 * * *", groups: ["database"], retain: 14 },
    { name: "backup-config", task: "backup", cron: "0 3 * * *", groups: ["config"], retain: 14 },
    {
        name: "trim",
        task: "filesystem-trim",
        cron: "0 4 * * 0",
        groups: ["database", "config", "scratch"],
        retain: 0,
    },
];

/** The jobs of a house. @param keepsBackups whether there is a backup target; without one, a backup fails every night */
export function recurringJobs(keepsBackups: boolean): readonly RecurringJob[] {
    return JOBS.filter(({ task }) => keepsBackups || task !== "backup");
}

/** `spec` of the object. */
export function recurringJobSpec({ name, task, cron, groups, retain }: RecurringJob) {
    return { name, task, cron, groups: [...groups], retain, concurrency: CONCURRENCY };
}
