/**
 * What a stand-in plugin is: the engine's provider protocol with plain values instead of protobuf messages.
 * `serve.ts` turns an implementation into a gRPC service; each `Configure` of the engine meets a fresh instance.
 */

/** A value that the engine does not know yet (it travels as a sentinel string). */
export class Unknown {
    static readonly value = new Unknown();
    /** Sets it apart from every other object, for the compiler too. */
    readonly isUnknown = true;
    private constructor() {}
}

export type Value = null | boolean | number | string | Unknown | Value[] | Properties;
export interface Properties {
    [key: string]: Value;
}

/** Severity of a message shown beside a resource in the engine's display. */
export type Severity = "debug" | "info" | "warning" | "error";

/** What the host gives to every call. */
export interface CallContext {
    readonly urn: string;
    /** Aborted when the engine cancels (Ctrl-C) or the call's deadline passes. */
    readonly signal: AbortSignal;
    /** Shows a line at the resource in the engine's display; `ephemeral` lines replace each other. */
    log(severity: Severity, message: string, options?: { ephemeral?: boolean }): void;
}

/** One refused input. `property` is a path such as `spec.template.spec.containers[0].image`, empty for the whole. */
export interface CheckFailure {
    readonly property: string;
    readonly reason: string;
}

export interface CheckRequest {
    readonly urn: string;
    /** Type token, for example `kubernetes:core/v1:Namespace`. */
    readonly type: string;
    /** The logical name, the URN's last part. */
    readonly name: string;
    /** Inputs of the last run; empty for a new resource. */
    readonly olds: Properties;
    readonly news: Properties;
    /** Seed for names that must not change between preview and create. */
    readonly randomSeed: Uint8Array;
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface Diff {
    /** Changed property paths and how; empty, with nothing in `alsoReplaces`, means: nothing to do. */
    readonly detailed: ReadonlyMap<string, { readonly kind: DiffKind; readonly inputDiff: boolean }>;
    /** Paths that ask for a replacement without having changed. Default: none. */
    readonly alsoReplaces?: readonly string[];
    readonly deleteBeforeReplace?: boolean;
}

export interface DiffRequest {
    readonly urn: string;
    readonly type: string;
    readonly id: string;
    /** Outputs of the last run. */
    readonly oldOutputs: Properties;
    readonly oldInputs: Properties;
    readonly newInputs: Properties;
    readonly ignoreChanges: readonly string[];
}

export interface CreateRequest {
    readonly urn: string;
    readonly type: string;
    readonly inputs: Properties;
    readonly preview: boolean;
    /** From `customTimeouts`, in seconds; 0 means the provider's default. */
    readonly timeoutSeconds: number;
}

export interface UpdateRequest extends CreateRequest {
    readonly id: string;
    readonly oldInputs: Properties;
    readonly oldOutputs: Properties;
    readonly ignoreChanges: readonly string[];
}

export interface ReadRequest {
    readonly urn: string;
    readonly type: string;
    readonly id: string;
    /** Both empty for an import or a `.get()`. */
    readonly oldInputs: Properties;
    readonly oldOutputs: Properties;
}

export interface DeleteRequest {
    readonly urn: string;
    readonly type: string;
    readonly id: string;
    readonly oldInputs: Properties;
    readonly oldOutputs: Properties;
    readonly timeoutSeconds: number;
}

/**
 * Thrown by create, update or read when the resource exists but did not come into its right state.
 * The engine records it, shows the reasons and tries again on the next run.
 */
export class InitializationError extends Error {
    constructor(
        readonly id: string,
        readonly outputs: Properties,
        readonly inputs: Properties,
        readonly reasons: readonly string[],
    ) {
        super(reasons.join("; "));
        this.name = "InitializationError";
    }
}

/** One configured plugin. Methods that reject show their error's message at the resource. */
export interface Provider {
    /** Refuses or completes the provider's own settings, before `configure`. */
    checkConfig?(
        request: CheckRequest,
        context: CallContext,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
    /** Decides whether changed settings replace the provider (and everything in it). */
    diffConfig?(request: DiffRequest, context: CallContext): Promise<Diff>;
    /** Called once, before any other call below; `Unknown` settings are possible in a preview. */
    configure(settings: Properties): Promise<void>;
    check(request: CheckRequest, context: CallContext): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
    diff(request: DiffRequest, context: CallContext): Promise<Diff>;
    create(request: CreateRequest, context: CallContext): Promise<{ id: string; outputs: Properties }>;
    update(request: UpdateRequest, context: CallContext): Promise<{ outputs: Properties }>;
    /** Gives `undefined` when the resource is gone. */
    read(
        request: ReadRequest,
        context: CallContext,
    ): Promise<{ id: string; inputs: Properties; outputs: Properties } | undefined>;
    delete(request: DeleteRequest, context: CallContext): Promise<void>;
    invoke?(
        token: string,
        args: Properties,
        context: CallContext,
    ): Promise<{ outputs: Properties; failures: CheckFailure[] }>;
    /**
     * Top-level properties of a type that are secret in inputs and outputs, whatever the program says. Secrets that a
     * program passes in stay secret under the same name without it; this is for values the plugin makes or imports.
     */
    secretProperties?(type: string): readonly string[];
    /** Releases what the instance holds (processes, connections); the engine is done with it. */
    close?(): Promise<void>;
}

/** Makes one instance for each provider resource of a Pulumi program. */
export type ProviderFactory = () => Provider;
