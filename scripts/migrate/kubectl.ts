import { spawn } from "node:child_process";

/** Runs kubectl with the caller's own kubeconfig. Nothing secret is ever among the arguments. */
export interface Kubectl {
    /** @returns what it printed @throws Error with what it complained of */
    (args: readonly string[], input?: string): Promise<string>;
}

/** The kubectl on PATH. */
export const kubectl: Kubectl = (args, input) =>
    new Promise((done, fail) => {
        const child = spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"] });
        let [output, complaint] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
        child.once("error", (error) =>
            fail(new Error(`kubectl: ${error.message} (the migration is run by the cluster); install kubectl`)),
        );
        child.once("close", (code) =>
            code === 0 ? done(output) : fail(new Error(`kubectl ${args.slice(0, 3).join(" ")}: ${complaint.trim()}`)),
        );
        // Closed early where kubectl has failed already; its complaint says more.
        child.stdin.once("error", () => undefined).end(input ?? "");
    });
