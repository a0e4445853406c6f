import type { Properties } from "../kit/provider";
import type { Clients } from "./clients";

/** One resource type, in terms of the services' calls. */
export interface AwsType {
    /** Inputs that the stand-in understands; any other is refused rather than ignored. */
    readonly takes: readonly string[];
    readonly required?: readonly string[];
    /** Inputs whose change makes a new resource. */
    readonly replaceOn: readonly string[];
    /** The input that names the resource; left open, it is made from the logical name. */
    readonly naming?: { readonly property: string; readonly maxLength: number };
    /** Whether it takes `tags`, with the plugin's default tags added as `tagsAll`. */
    readonly tagged?: boolean;
    /** Outputs that the service decides; not known when a creation is previewed. */
    readonly made: readonly string[];
    readonly secrets?: readonly string[];
    /** Makes it; gives its id and, where they are told only once, outputs. */
    create(inputs: Properties, clients: Clients): Promise<{ id: string; told?: Properties }>;
    /** Brings it to the new inputs; without it every input replaces. */
    update?(id: string, inputs: Properties, clients: Clients): Promise<void>;
    /**
     * Inputs and outputs as they are now; `undefined` when it is gone.
     * @param known what the state knows; empty for an import.
     */
    read(id: string, clients: Clients, known: Properties): Promise<Properties | undefined>;
    delete(id: string, inputs: Properties, clients: Clients): Promise<void>;
}

/** Error names by which the services say that something is not there. */
const missing: ReadonlySet<string> = new Set([
    "404",
    "LifecyclePolicyNotFoundException",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NotFound",
    "ObjectLockConfigurationNotFoundError",
    "RepositoryNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
]);

/** The answer of a call, or `undefined` where the service says that there is no such thing. */
export async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
    try {
        return await call;
    } catch (error) {
        if (error instanceof Error && missing.has(error.name)) {
            return undefined;
        }
        throw error;
    }
}
