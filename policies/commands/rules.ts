import { UsageError } from "../usage-error";
import type { Command } from "./command";

export const listRules: Command = {
    usage: "",
    summary: "lists every rule with its level",
    run(args, { rules, print }) {
        if (args.length > 0) throw new UsageError("rules takes no arguments");
        const inOrder = [...rules].sort((a, b) => a.name.localeCompare(b.name));
        for (const { name, level, description } of inOrder)
            print(`${name.padEnd(34)}${level.padEnd(11)}${description}`);
        return 0;
    },
};
