/** What one run of tests counted. */
export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly failures: readonly Failure[];
    /** What failed and, asked once more alone, held: {@link Stage.secondLook}. */
    readonly unsteady: readonly Failure[];
}

/** The counts of a run of mocha, with those of each of its files. */
export interface Tallied extends Counts {
    readonly files: Readonly<Record<string, Counted>>;
}

export type Counted = Pick<Counts, "passed" | "failed" | "skipped">;

export interface Failure {
    /** The titles from the outermost group down to the test. */
    readonly title: string;
    /** What the test said, whole. */
    readonly message: string;
}
