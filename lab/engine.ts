import { spawn } from "node:child_process";
import {
    chmodSync,
    copyFileSync,
    existsSync,
    linkSync,
    mkdirSync,
    readlinkSync,
    renameSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { withoutEngineLog } from "./engine-log";
import { binFolder, engineEnvironment } from "./environment";
import type { LabPaths } from "./paths";
import { installLanguageHost, installPlugins } from "./providers/install";
import { LAB_ENGINE } from "./toolchain/locate";
import type { ToolPaths } from "./toolchain/ensure";

export const STACK = "dev";

export interface EngineRun {
    readonly exitCode: number;
    readonly stdout: string;
}

export interface RunOptions {
    /** `inherit` shows everything as it comes; `capture` keeps standard output and shows standard error. Default `inherit`. */
    readonly output?: "inherit" | "capture" | "silent";
    /** Text for standard input. */
    readonly input?: string;
    readonly env?: NodeJS.ProcessEnv;
}

/** The Pulumi CLI, working on the lab's project and stack. */
export class Engine {
    /** The CLI as the lab runs it: it looks for its language host in its own folder. */
    private readonly pulumi: string;

    constructor(private readonly paths: LabPaths) {
        this.pulumi = join(binFolder(paths), LAB_ENGINE);
    }

    /** Puts plugins, language host and the lab's programs where the engine and `lab env` find them; idempotent. */
    async install(tools: ToolPaths): Promise<void> {
        const bin = binFolder(this.paths);
        mkdirSync(bin, { recursive: true });
        mkdirSync(this.paths.state, { recursive: true });
        await withoutEngineLog(this.paths.pulumiHome);
        await installPlugins(this.paths);
        await installLanguageHost(this.paths);
        for (const name of ["kubectl", "etcd", "kube-apiserver"] as const) link(tools[name], join(bin, name));
        hardLink(tools.pulumi, this.pulumi);
        const script = `#!/bin/sh\n# Pulumi on the lab's project, whichever folder it is called in.\nexec '${this.pulumi}' -C '${this.paths.root}' "$@"\n`;
        writeFileSync(join(bin, "pulumi.new"), script);
        chmodSync(join(bin, "pulumi.new"), 0o755);
        renameSync(join(bin, "pulumi.new"), join(bin, "pulumi"));
    }

    /** Makes the stack at the first start. @throws Error with Pulumi's words. */
    async ensureStack(): Promise<void> {
        if (existsSync(join(this.paths.state, ".pulumi", "stacks", "homelab", `${STACK}.json`))) return;
        const { exitCode, stdout } = await this.run(["stack", "init", STACK], { output: "capture" });
        if (exitCode !== 0) throw new Error(`the lab's stack cannot be made: ${stdout}`);
    }

    /** Sets a secret of the stack; its value goes over standard input. */
    async setSecret(key: string, value: string): Promise<void> {
        const { exitCode, stdout } = await this.run(["config", "set", "--secret", key, "--stack", STACK], {
            input: value,
            output: "capture",
        });
        if (exitCode !== 0) throw new Error(`${key} cannot be set: ${stdout}`);
    }

    /** Arguments that every change of the stack takes. */
    get stackArguments(): string[] {
        return ["--stack", STACK, "--policy-pack", join(this.paths.checkout, "policies")];
    }

    run(args: readonly string[], options: RunOptions = {}): Promise<EngineRun> {
        const output = options.output ?? "inherit";
        const input = options.input === undefined ? "inherit" : "pipe";
        const child = spawn(this.pulumi, ["-C", this.paths.root, ...args], {
            env: { ...process.env, ...engineEnvironment(this.paths), ...options.env },
            stdio: [input, output === "inherit" ? "inherit" : "pipe", output === "silent" ? "ignore" : "inherit"],
        });
        const chunks: Buffer[] = [];
        child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
        if (options.input !== undefined) child.stdin?.end(options.input);
        return new Promise((done, fail) => {
            child.once("error", fail);
            child.once("close", (code, signal) =>
                done({
                    exitCode: code ?? (signal === "SIGINT" ? 130 : 1),
                    stdout: Buffer.concat(chunks).toString("utf8"),
                }),
            );
        });
    }
}

/** A second name for the same file, a copy where the folders are on different disks. */
function hardLink(target: string, at: string): void {
    if (
        existsSync(at) &&
        statSync(at).size === statSync(target).size &&
        statSync(at).mtimeMs === statSync(target).mtimeMs
    )
        return;
    const draft = `${at}.${process.pid}.new`;
    try {
        linkSync(target, draft);
    } catch {
        copyFileSync(target, draft);
        utimesSync(draft, statSync(target).atime, statSync(target).mtime);
    }
    renameSync(draft, at);
}

function link(target: string, at: string): void {
    try {
        if (readlinkSync(at) === target) return;
    } catch {
        // Not there yet.
    }
    const draft = `${at}.${process.pid}.new`;
    symlinkSync(target, draft);
    renameSync(draft, at);
}
