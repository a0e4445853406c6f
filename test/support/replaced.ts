import { replacingPaths } from "../../lab/providers/kubernetes/replacement";
import { at, type CapturedResource, type Graph } from "./graph";

const mutable = { secretMutable: true, configMapMutable: true };

/** Objects of the second graph that cannot become what they are from what they were in the first. */
export function replaced(before: Graph, after: Graph): readonly CapturedResource[] {
    const olds = new Map(before.resources.map((resource) => [resource.urn, resource]));
    return after.resources.filter((now) => {
        const old = olds.get(now.urn);
        if (old === undefined || !now.type.startsWith("kubernetes:")) return false;
        const changed = (path: string) => JSON.stringify(valueAt(old, path)) !== JSON.stringify(valueAt(now, path));
        const kind = { apiVersion: String(at(now, "apiVersion")), kind: String(at(now, "kind")) };
        return replacingPaths(kind, false, mutable).some(changed);
    });
}

function valueAt(resource: CapturedResource, path: string): unknown {
    return at(resource, ...path.split("."));
}
