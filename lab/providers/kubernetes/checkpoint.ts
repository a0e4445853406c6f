import type { Properties } from "../kit/provider";
import { toProperties, type Tree, treeAt, without } from "./object";

/**
 * Outputs as the state keeps them: the live object, the manager of its fields, and the version that it was first written in.
 * `managedFields` is left out: it is large, and asked for anew where it matters.
 */
export function checkpoint(live: Tree, fieldManager: string, inputs: Properties): Properties {
    const metadata = without(treeAt(live, "metadata"), "managedFields");
    return {
        ...toProperties({ ...live, metadata }),
        __fieldManager: fieldManager,
        __initialApiVersion: inputs["apiVersion"] ?? live["apiVersion"] ?? null,
    };
}
