import { audit } from "./commands/audit";
import type { Command, Surroundings } from "./commands/command";
import { listExceptions } from "./commands/exceptions";
import { explain } from "./commands/explain";
import { listRules } from "./commands/rules";
import { timeRules } from "./commands/time";
import { dayOf } from "./model/day";
import { rules } from "./rules/index";
import { UsageError } from "./usage-error";

const commands: Readonly<Record<string, Command>> = {
    rules: listRules,
    explain,
    exceptions: listExceptions,
    audit,
    time: timeRules,
};

const help = [
    "usage: npm run -s policy -- <command>",
    "",
    ...Object.entries(commands).map(([name, { usage, summary }]) => `  ${`${name} ${usage}`.trim()}\n      ${summary}`),
    "",
    "Ends with 0 when there is nothing to mend, 1 when there is, 2 when it was called wrongly.",
].join("\n");

/** Runs one command. @returns the exit code; a wrong call is told to `complain` */
export async function main(
    [name, ...args]: readonly string[],
    surroundings: Surroundings,
    complain: (line: string) => void,
): Promise<number> {
    if (name === "help" || name === "--help") {
        surroundings.print(help);
        return 0;
    }
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    try {
        if (command) return await command.run(args, surroundings);
        throw new UsageError(`${name === undefined ? "no command" : `there is no command ${name}`}\n\n${help}`);
    } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        complain(error.message);
        return 2;
    }
}

if (require.main === module) {
    const surroundings = { rules, today: dayOf(new Date()), print: (line: string) => console.log(line) };
    void main(process.argv.slice(2), surroundings, (line) => console.error(line)).then((code) => {
        process.exitCode = code;
    });
}
