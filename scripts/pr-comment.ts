import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { githubOf } from "./github/api";
import { putComment } from "./github/put-comment";
import { putIssue } from "./github/put-issue";
import { secretsIn, secretsOfEnvironment } from "./mask/known-secrets";
import { comment, markerOf, type Purpose } from "./pr-comment/comment";
import { readPreview } from "./pr-comment/read-preview";

const usage = `usage:
  pr-comment write    --environment <stack> --to <file>      write the comment, whatever came of the preview
                      [--output <file>]     standard output of pulumi preview --json, document or stream
                      [--log <file>]        its standard error
                      [--exit-code <n>]     leave it out where the preview was never started
                      [--secrets <file>]... pulumi config --json --show-secrets, pulumi stack export --show-secrets
                      [--commit <hash>] [--run-url <address>] [--purpose preview|drift]
  pr-comment publish  --environment <stack> --from <file> --number <pull request>
  pr-comment drift    --environment <stack> --from <file> --output <file> [--exit-code <n>]

publish and drift read GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL.`;

const options = {
    environment: { type: "string" },
    output: { type: "string" },
    log: { type: "string" },
    "exit-code": { type: "string" },
    secrets: { type: "string", multiple: true },
    commit: { type: "string" },
    "run-url": { type: "string" },
    purpose: { type: "string" },
    to: { type: "string" },
    from: { type: "string" },
    number: { type: "string" },
} as const;

type Arguments = ReturnType<typeof readArguments>;

function readArguments(args: readonly string[]) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { ...values, command: positionals[0] };
}

function needed(value: string | undefined, name: string): string {
    if (value === undefined || value === "") throw new Error(`--${name}: is missing\n${usage}`);
    return value;
}

/** A file that is not there is an empty one: the step that writes it may never have come. */
function contentOf(file: string | undefined): string {
    return file !== undefined && existsSync(file) ? readFileSync(file, "utf8") : "";
}

function exitCodeOf(text: string | undefined): number | undefined {
    return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** Known secrets, or nothing where one of the files tells none: then no value may be shown. */
function knownSecrets(files: readonly string[], env: NodeJS.ProcessEnv): readonly string[] | undefined {
    if (files.length === 0) return undefined;
    try {
        return [...files.flatMap((file) => secretsIn(contentOf(file), file)), ...secretsOfEnvironment(env)];
    } catch (error) {
        console.error(error instanceof Error ? error.message : String(error));
        return undefined;
    }
}

function purposeOf(text: string | undefined): Purpose {
    if (text === undefined || text === "preview") return "preview";
    if (text === "drift") return "drift";
    throw new Error(`--purpose: ${JSON.stringify(text)} is neither preview nor drift\n${usage}`);
}

function write(args: Arguments, env: NodeJS.ProcessEnv): void {
    const text = comment({
        purpose: purposeOf(args.purpose),
        environment: needed(args.environment, "environment"),
        preview: readPreview(contentOf(args.output)),
        exitCode: exitCodeOf(args["exit-code"]),
        log: contentOf(args.log),
        secrets: knownSecrets(args.secrets ?? [], env),
        commit: args.commit === "" ? undefined : args.commit,
        runUrl: args["run-url"] === "" ? undefined : args["run-url"],
    });
    writeFileSync(needed(args.to, "to"), text);
}

async function publish(args: Arguments, env: NodeJS.ProcessEnv): Promise<void> {
    const marker = markerOf("preview", needed(args.environment, "environment"));
    const number = Number(needed(args.number, "number"));
    if (!Number.isInteger(number) || number < 1) throw new Error(`--number: ${args.number ?? ""} is no pull request`);
    await putComment(githubOf(env), number, marker, readFileSync(needed(args.from, "from"), "utf8"));
}

async function drift(args: Arguments, env: NodeJS.ProcessEnv): Promise<void> {
    const environment = needed(args.environment, "environment");
    const { changes, completeness } = readPreview(contentOf(args.output));
    const calm = completeness === "whole" && exitCodeOf(args["exit-code"]) === 0 && changes.length === 0;
    await putIssue(githubOf(env), {
        marker: markerOf("drift", environment),
        title: `${environment} is not as it was made`,
        body: readFileSync(needed(args.from, "from"), "utf8"),
        state: calm ? "closed" : "open",
    });
}

async function main(args: Arguments, env: NodeJS.ProcessEnv): Promise<void> {
    switch (args.command) {
        case "write":
            write(args, env);
            return;
        case "publish":
            return publish(args, env);
        case "drift":
            return drift(args, env);
        default:
            throw new Error(usage);
    }
}

void (async () => {
    try {
        await main(readArguments(process.argv.slice(2)), process.env);
    } catch (error) {
        console.error(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
    }
})();
