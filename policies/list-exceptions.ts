import { readFileSync } from "node:fs";
import { type Exception, exceptionsOf } from "./model/exception";
import type { ResourceFact } from "./model/fact";
import { Field, NotKnown } from "./model/field";
import { type Subject, readSubject } from "./model/subject";
import { isList, isMap, member } from "./model/value";

/**
 * Every exception in a graph, one line each, for reading: `<rule>  <object>  <reason>`.
 * @param graph a list of resource facts, or what `pulumi stack export` prints
 */
export function listExceptions(graph: unknown): readonly string[] {
    const subjects = facts(graph).flatMap((fact) => readSubject(fact) ?? []);
    const lines = subjects.flatMap((subject) =>
        written(subject).map(
            ({ rule, reason }) => `${rule}  ${subject.title}  ${reason || "NO REASON: excuses nothing"}`,
        ),
    );
    return lines.toSorted();
}

function written(subject: Subject): readonly Exception[] {
    try {
        return exceptionsOf(subject);
    } catch (error) {
        if (error instanceof NotKnown) return [{ rule: "?", reason: error.message, path: "" }];
        throw error;
    }
}

function facts(graph: unknown): readonly ResourceFact[] {
    const deployment = isMap(graph) ? member(graph, "deployment") : undefined;
    const entries = isMap(deployment) ? member(deployment, "resources") : graph;
    if (!isList(entries)) {
        throw new Error(
            "graph: neither a list of resources nor a stack export; write `pulumi stack export` into the file",
        );
    }
    return entries.filter(isMap).map((entry) => {
        const text = (key: string) => new Field(member(entry, key), new Set()).text();
        const urn = text("urn") ?? "";
        const props = member(entry, "props") ?? member(entry, "inputs");
        return {
            urn,
            type: text("type") ?? "",
            name: text("name") ?? urn.split("::").at(-1) ?? "",
            props: isMap(props) ? { ...props } : {},
            opts: {},
        };
    });
}

if (require.main === module) {
    const file = process.argv[2];
    if (file === undefined) {
        console.error("usage: node --import tsx policies/list-exceptions.ts <graph.json | - for standard input>");
        process.exitCode = 2;
    } else {
        const lines = listExceptions(JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")));
        console.log(lines.length === 0 ? "no exceptions" : lines.join("\n"));
    }
}
