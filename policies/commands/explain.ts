import { exceptionForm } from "../model/exception";
import type { Rule } from "../model/rule";
import { UsageError } from "../usage-error";
import type { Command } from "./command";

export const explain: Command = {
    usage: "<rule>",
    summary: "says what a rule wants, what happened without it, what to write, and how to except something from it",
    run(args, { rules, print }) {
        const [name, ...more] = args;
        if (name === undefined || more.length > 0) throw new UsageError("explain takes the name of one rule");
        const rule = rules.find((candidate) => candidate.name === name);
        if (!rule) throw new UsageError(`there is no rule ${name}; ${nearest(name, rules)}`);
        print(`${rule.name} (${rule.level}, severity ${rule.severity})`);
        print(`\nWhat must hold\n    ${rule.description}`);
        print(`\nWhat happened\n    ${rule.incident}`);
        print(`\nWhat to write instead\n    ${rule.instead}`);
        print("\nAn exception\n    on the object that the message names, in metadata.annotations:");
        print(`    policy.homelab/allow-${rule.name}: "${exceptionForm}"`);
        if (rule.plannedOnly) print("\nIt asks how the program is written: an audit leaves it out.");
        return 0;
    },
};

function nearest(name: string, rules: readonly Rule[]): string {
    const words = name.split("-").filter((word) => word.length > 2);
    const close = rules.filter((rule) => words.some((word) => rule.name.includes(word))).map((rule) => rule.name);
    return close.length > 0 && close.length < 9 ? `is it ${close.join(", ")}?` : "`npm run policy -- rules` lists them";
}
