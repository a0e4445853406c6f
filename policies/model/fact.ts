/**
 * One resource as the rules see it. The engine hands it over in a preview (inputs, or inputs with the server's defaults),
 * a test captures it under mocks; both have this shape.
 */
export interface ResourceFact {
    /** Type token, for example `kubernetes:apps/v1:StatefulSet`. */
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    /** May hold unknowns and secrets, in any of the forms that `peel` of value.ts understands. */
    readonly props: Readonly<Record<string, unknown>>;
    readonly opts: FactOptions;
}

/** The options that rules may ask for; what is missing was not set. */
export interface FactOptions {
    readonly protect?: boolean | undefined;
    readonly retainOnDelete?: boolean | undefined;
    readonly deleteBeforeReplace?: boolean | undefined;
    readonly ignoreChanges?: readonly string[] | undefined;
    /** URN of the parent. */
    readonly parent?: string | undefined;
    /** URN of the provider, without its id; empty where the program chose none. */
    readonly provider?: string | undefined;
    /** URNs of what has to be there before, from values as well as from `dependsOn`. */
    readonly dependsOn?: readonly string[] | undefined;
}
