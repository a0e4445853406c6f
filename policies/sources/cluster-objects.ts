import type { ResourceFact } from "../model/fact";
import { Field } from "../model/field";
import { isMap } from "../model/value";

/** What other objects make and keep: the rules look at those that say what is wanted. */
const makers: ReadonlySet<string> = new Set([
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Node",
    "ReplicaSet",
    "StatefulSet",
]);

/** Objects of a cluster, as `kubectl get -o json` prints them or its API lists them. */
export function objectFacts(objects: readonly unknown[]): readonly ResourceFact[] {
    return objects.filter(isMap).flatMap((object) => {
        const read = new Field(object, new Set());
        const owners = read.at("metadata", "ownerReferences").items();
        if (owners.some((owner) => makers.has(owner.at("kind").text() ?? ""))) return [];
        const type = objectType(read.at("apiVersion").text() ?? "", read.at("kind").text() ?? "");
        const names = [read.at("metadata", "namespace").text(), read.at("metadata", "name").text()];
        const name = names.filter((part) => part !== undefined).join("/");
        return [{ urn: `cluster::${type}::${name}`, type, name, props: { ...object }, opts: {} }];
    });
}

/** The type token that Pulumi has for a kind. */
export function objectType(apiVersion: string, kind: string): string {
    return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}
