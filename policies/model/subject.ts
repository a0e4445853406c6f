import type { ResourceFact } from "./fact";
import { Field, NotKnown } from "./field";

/** What a type token says of a Kubernetes object. */
export interface KubernetesType {
    /** Kind without the `Patch` of the SDK's patch resources; the whole token where it is no Kubernetes object. */
    readonly kind: string;
    /** Whether it changes single fields of an object that somebody else made. */
    readonly patch: boolean;
}

/** A resource that a rule looks at: its fact with readable properties. */
export interface Subject {
    readonly fact: ResourceFact;
    readonly type: KubernetesType;
    /** The object as it was written, from its root. */
    readonly object: Field;
    /** For messages: `StatefulSet media/jellyfin`; the resource's name stands in for an unknown name, and for any without. */
    readonly title: string;
    /** Secret texts that were read in the object, never to be shown. */
    readonly secrets: ReadonlySet<string>;
}

// Every rule asks about every resource, and a house has few types.
const knownTypes = new Map<string, KubernetesType | undefined>();

/** @returns undefined for anything that is no Kubernetes object, as other providers' resources and components. */
export function kubernetesType(token: string): KubernetesType | undefined {
    if (!knownTypes.has(token)) knownTypes.set(token, readType(token));
    return knownTypes.get(token);
}

function readType(token: string): KubernetesType | undefined {
    const [provider, group, kind] = token.split(":");
    // Provider-made groups (`helm.sh/v3`, `yaml/v2`) carry kinds too; rules ask for the kinds that they know.
    if (provider !== "kubernetes" || !group?.includes("/") || !kind) return undefined;
    const patch = kind.endsWith("Patch");
    return { kind: patch ? kind.slice(0, -"Patch".length) : kind, patch };
}

/** @returns undefined for the stack and for components, which have no properties of their own but for {@link EXISTING_CLASS}. */
export function readSubject(fact: ResourceFact): Subject | undefined {
    const type = kubernetesType(fact.type) ?? elsewhere(fact.type);
    if (!type) return undefined;
    const secrets = new Set<string>();
    const object = new Field(fact.props, secrets);
    return { fact, type, object, title: title(fact, type, object), secrets };
}

/** The namespace in which the object lives; `default` where none is written. Throws `NotKnown`. */
export function namespaceOf(subject: Subject): string {
    return subject.object.at("metadata", "namespace").text() || "default";
}

/** The component that states a storage class that the cluster has; the configuration names it in `className`. */
export const EXISTING_CLASS = "homelab:storage:ExistingClass";

/** Tokens of components have one word in the middle, those of other providers' resources a path: `aws:s3/bucket:Bucket`. */
function elsewhere(token: string): KubernetesType | undefined {
    return token === EXISTING_CLASS || token.split(":")[1]?.includes("/") ? { kind: token, patch: false } : undefined;
}

function title(fact: ResourceFact, type: KubernetesType, object: Field): string {
    if (type.kind === fact.type) return `${fact.type.split(":").at(-1) ?? ""} ${fact.name}`;
    const name = orUndefined(() => object.at("metadata", "name").text()) ?? fact.name;
    const namespace = orUndefined(() => object.at("metadata", "namespace").text());
    return `${type.kind}${type.patch ? "Patch" : ""} ${namespace ? `${namespace}/` : ""}${name}`;
}

function orUndefined<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        if (error instanceof NotKnown) return undefined;
        throw error;
    }
}
