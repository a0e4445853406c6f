import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs the kubectl on PATH.
 * @returns what it printed
 * @throws Error with what it complained of, and below it what it printed
 */
export async function kubectl(args: readonly string[], input = ""): Promise<string> {
    const child = spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`kubectl ${args[0] ?? ""}: ${errors.trim()}\n${output}`.trimEnd());
    return output;
}

/** What it printed as JSON. */
export async function kubectlJson(args: readonly string[]): Promise<unknown> {
    return JSON.parse(await kubectl([...args, "--output", "json"]));
}
