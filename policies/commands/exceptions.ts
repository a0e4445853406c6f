import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Exception, exceptionsOf, flawOf } from "../model/exception";
import { NotKnown } from "../model/field";
import { type Subject, readSubject } from "../model/subject";
import { factsOf, readDocument } from "../sources/document";
import type { Command, Surroundings } from "./command";

/** The graphs that reviewers saw, one a stack file. */
const reviewed = "test/snapshots";

export const listExceptions: Command = {
    usage: "[graph.json ...]",
    summary: `lists every exception of stack exports or clusters' objects; without a file, of the reviewed graphs in ${reviewed}`,
    run(args, surroundings) {
        const files = args.length > 0 ? args : reviewedGraphs();
        const listed = files.flatMap((file) => {
            const subjects = factsOf(readDocument(file), file).flatMap((fact) => readSubject(fact) ?? []);
            return subjects.flatMap((subject) => written(subject).map((entry) => line(entry, subject, surroundings)));
        });
        for (const { text } of listed.toSorted((a, b) => a.text.localeCompare(b.text))) surroundings.print(text);
        if (listed.length === 0) surroundings.print("no exceptions");
        return listed.some(({ flawed }) => flawed) ? 1 : 0;
    },
};

function reviewedGraphs(): readonly string[] {
    const folder = join(__dirname, "..", "..", reviewed);
    return readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(folder, name));
}

function written(subject: Subject): readonly (Exception | NotKnown)[] {
    try {
        return exceptionsOf(subject);
    } catch (error) {
        if (error instanceof NotKnown) return [error];
        throw error;
    }
}

function line(entry: Exception | NotKnown, { title }: Subject, { rules, today }: Surroundings) {
    if (entry instanceof NotKnown) return { text: `?  ${title}  ${entry.message}`, flawed: false };
    const { rule, reason, owner, until } = entry;
    const known = rules.some(({ name }) => name === rule);
    const wrong = known ? flawOf(entry, today)?.wrong : "there is no such rule";
    const words = [rule, title, reason || "-", `owner ${owner || "-"}`, `until ${until ?? "-"}`];
    return {
        text: [...words, ...(wrong === undefined ? [] : [`EXCUSES NOTHING: ${wrong}`])].join("  "),
        flawed: wrong !== undefined,
    };
}
