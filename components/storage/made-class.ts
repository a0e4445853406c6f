import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A class of volumes that the house makes. */
export interface MadeClass {
    /**
     * For claims. Plain text and no output of the class: an input that depends on a class which is replaced is unknown for so
     * long, and the engine replaces whatever an unknown input would (`calculateDependentReplacements` in pulumi/pulumi), with the
     * database's StatefulSet among it.
     */
    readonly className: string;
    /** What claims come after, and go before. */
    readonly resource: pulumi.Resource;
}

/** A class as it is written, under a name that is known. */
export interface ClassSpec extends Omit<k8s.types.input.storage.v1.StorageClass, "metadata"> {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

/**
 * Makes a class. It holds nothing, and its parameters cannot be changed: another number of copies, or another NAS, replaces it,
 * which the engine refuses for what is protected. So it never is.
 *
 * @param name of the resource
 */
export function makeClass(
    name: string,
    spec: ClassSpec,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Resource },
): MadeClass {
    const resource = new k8s.storage.v1.StorageClass(name, spec, { ...opts, protect: false });
    return { className: spec.metadata.name, resource };
}
