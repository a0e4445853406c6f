import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { ResourceFact } from "../model/fact";
import { isList, isMap, member } from "../model/value";
import { UsageError } from "../usage-error";
import { objectFacts } from "./cluster-objects";
import { stateFacts } from "./state-export";

/** Reads a JSON or YAML file. @param file `-` is standard input @throws UsageError where it is none */
export function readDocument(file: string): unknown {
    try {
        const text = readFileSync(file === "-" ? 0 : file, "utf8");
        return /^\s*[[{]/.test(text) ? JSON.parse(text) : parse(text);
    } catch (error) {
        throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

/**
 * The resources of a document: a stack export, a list of resources, or a list of a cluster's objects.
 * @param file for the message
 * @throws UsageError where it is nothing of that
 */
export function factsOf(document: unknown, file: string): readonly ResourceFact[] {
    if (isList(document)) return stateFacts(document);
    if (isMap(document)) {
        const deployment = member(document, "deployment");
        if (isMap(deployment)) return stateFacts(asList(member(deployment, "resources")));
        const items = member(document, "items");
        if (isList(items)) return objectFacts(items);
        if (typeof member(document, "apiVersion") === "string") return objectFacts([document]);
    }
    const wanted = "what `pulumi stack export` or `kubectl get -A -o json <kinds>` prints, or a kubeconfig";
    throw new UsageError(`${file}: neither resources nor objects; write ${wanted} into the file`);
}

function asList(value: unknown): readonly unknown[] {
    return isList(value) ? value : [];
}
