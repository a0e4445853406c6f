import type { Day } from "../model/day";
import type { Rule } from "../model/rule";

/** What a command is given, so that tests can give it something else. */
export interface Surroundings {
    readonly rules: readonly Rule[];
    readonly today: Day;
    readonly print: (line: string) => void;
}

/** 0: nothing to mend; 1: something is. A wrong call throws `UsageError`, which is 2. */
export type ExitCode = 0 | 1;

export interface Command {
    /** Arguments, as the help shows them. */
    readonly usage: string;
    /** What it does, as the help says it. */
    readonly summary: string;
    readonly run: (args: readonly string[], surroundings: Surroundings) => ExitCode | Promise<ExitCode>;
}
