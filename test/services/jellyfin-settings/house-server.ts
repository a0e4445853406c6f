import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const MAIN = resolve(__dirname, "../../../services/jellyfin-settings/main.ts");

export interface Ended {
    readonly code: number | null;
    readonly output: string;
}

/** Runs a program to its end. @param env all that it knows */
export async function run(command: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ended> {
    const [program = "", ...args] = command;
    const child = spawn(program, args, { env: { PATH: process.env["PATH"], ...env } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
}

/** The program, as a container runs it: by Node.js, with variables. */
export function program(task: "prepare" | "apply", env: NodeJS.ProcessEnv): Promise<Ended> {
    return run([process.execPath, "--import", "tsx", MAIN, task], env);
}
