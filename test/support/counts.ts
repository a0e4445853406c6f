/** What one run of tests counted. */
export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly failures: readonly Failure[];
}

export interface Failure {
    /** The titles from the outermost group down to the test. */
    readonly title: string;
    /** What the test said, whole. */
    readonly message: string;
}
