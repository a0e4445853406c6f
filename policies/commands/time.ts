import { indexGraph } from "../model/graph-index";
import { checkGraph } from "../model/run";
import { readSubject } from "../model/subject";
import { factsOf, readDocument } from "../sources/document";
import { UsageError } from "../usage-error";
import type { Command } from "./command";

const RUNS = 5;

export const timeRules: Command = {
    usage: "<graph.json>",
    summary: `says how long each rule takes over a graph: the median of ${RUNS} runs, each over a graph just read`,
    run(args, { rules, today, print }) {
        const [file, ...more] = args;
        if (file === undefined || more.length > 0) throw new UsageError("time takes one file");
        const facts = factsOf(readDocument(file), file);
        const timed = rules.map((rule) => {
            const milliseconds = Array.from({ length: RUNS }, () => {
                const wanted = facts.filter(({ type }) => rule.applies(type));
                const graph = indexGraph(wanted.flatMap((fact) => readSubject(fact) ?? []));
                const began = performance.now();
                checkGraph([rule], graph, today);
                return performance.now() - began;
            });
            return { name: rule.name, milliseconds: milliseconds.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0 };
        });
        timed.sort((a, b) => b.milliseconds - a.milliseconds);
        for (const { name, milliseconds } of timed)
            print(`${name.padEnd(36)}${milliseconds.toFixed(2).padStart(8)} ms`);
        const sum = timed.reduce((all, { milliseconds }) => all + milliseconds, 0);
        print(`${`mean over ${facts.length} resources`.padEnd(36)}${(sum / timed.length).toFixed(2).padStart(8)} ms`);
        return 0;
    },
};
