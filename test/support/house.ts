import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { request } from "node:https";
import { homedir, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { KubeClient } from "../../lab/kube/client";
import { labPaths, type LabPaths } from "../../lab/paths";
import { isRecord, textOf, valueAt } from "../../lab/plain-values";
import { processStart, recordedProcesses } from "../../lab/process/pid-file";
import { loadCredentials } from "../../lab/proxmox/credentials";
import { removeFolder } from "./scratch-folder";

/** What a command printed, and how it ended. */
export interface Ended {
    readonly code: number;
    /** Standard output and error, as somebody at a terminal reads them. */
    readonly output: string;
    /** Standard output alone. */
    readonly stdout: string;
}

/** A process of a lab; `started` tells it from a later one with the same number. */
export interface LabProcess {
    readonly pid: number;
    readonly started: string;
    readonly residentBytes: number;
    readonly command: string;
}

export interface HouseOptions {
    /** Second number of the lab's addresses; unique among the test files, which run side by side. */
    readonly slot: number;
    /** More environment for its commands, such as `LAB_STACK_FILE`. */
    readonly env?: NodeJS.ProcessEnv;
    /** An existing checkout to share, with a `LAB_DIR` of its own; default: a fresh one, where the lab is in `.lab`. */
    readonly checkout?: string;
    /** Longest time of one command, milliseconds; default four minutes. */
    readonly commandBudgetMs?: number;
}

const repository = resolve(__dirname, "..", "..");
/** What a fresh checkout does not have, or a lab does not need. */
const NOT_COPIED = new Set(["node_modules", ".git", ".lab", "test", "docs"]);
/** The stack itself, and what stands for its own outputs, which the program asks for. */
const ENGINES_OWN: readonly string[] = ["pulumi:pulumi:Stack", "pulumi:providers:pulumi"];
/** No command may take longer; one that hangs ends with what it printed until then. */
const COMMAND_BUDGET_MS = 240_000;

/**
 * A house that tests use as its owner does: a fresh checkout in a temporary folder and the commands of the lab in it.
 * Nothing runs until `lab("up")`. Home and temporary folder are its own, so that what a lab leaves there is seen.
 */
export class TestHouse {
    readonly checkout: string;
    readonly paths: LabPaths;
    /** `HOME` of its commands, empty at first. */
    readonly home: string;
    /** `TMPDIR` of its commands, empty at first. */
    readonly temporary: string;
    private readonly folder: string;
    private readonly env: NodeJS.ProcessEnv;
    private readonly clients: KubeClient[] = [];
    /** What `lab env` prints: to start it takes longer than most scripts. */
    private exports: Promise<Ended> | undefined;

    constructor(private readonly options: HouseOptions) {
        this.folder = mkdtempSync(join(tmpdir(), `house-${options.slot}-`));
        const own = (name: string) => {
            mkdirSync(join(this.folder, name));
            return join(this.folder, name);
        };
        [this.home, this.temporary] = [own("home"), own("tmp")];
        this.checkout = options.checkout ?? freshCheckout(own("checkout"));
        const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("LAB_"));
        this.env = {
            ...Object.fromEntries(inherited),
            HOME: this.home,
            TMPDIR: this.temporary,
            XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
            npm_config_cache: own("npm"),
            NO_COLOR: "1",
            // Allows --event-log.
            PULUMI_DEBUG_COMMANDS: "true",
            // What a house does is shown faster without containers; what they do is shown in real-machines.test.ts.
            LAB_NODES: "simulated",
            ...options.env,
            LAB_SLOT: String(options.slot),
            ...(options.checkout !== undefined && { LAB_DIR: join(this.folder, "lab") }),
        };
        this.paths = labPaths(this.checkout, this.env);
    }

    /** An address of the house in this lab, given as slot 0 has it. */
    address(inSlot0: string): string {
        return inSlot0.replace(/^127\.0\./, `127.${this.options.slot}.`);
    }

    /** Runs a command of the lab, such as `up`. */
    lab(...args: string[]): Promise<Ended> {
        this.exports = undefined;
        return this.run(process.execPath, ["--import", "tsx", "lab/cli.ts", ...args]);
    }

    /** Like {@link lab}, where the test needs the command to do its work. @throws Error with what was printed */
    async must(...args: string[]): Promise<Ended> {
        const ended = await this.lab(...args);
        if (ended.code !== 0) throw new Error(`lab ${args.join(" ")} ended with ${ended.code}:\n${ended.output}`);
        return ended;
    }

    /** Runs a script in a shell that has evaluated `lab env`, asked once between two commands of the lab. */
    async shell(script: string): Promise<Ended> {
        const exports = await (this.exports ??= this.run("/bin/sh", ["-ec", "npm run -s lab -- env"]));
        if (exports.code !== 0) {
            this.exports = undefined;
            return exports;
        }
        return this.run("/bin/sh", ["-ec", `${exports.stdout}\n${script}`]);
    }

    /** Runs Pulumi in such a shell and keeps the engine's events. */
    async pulumi(...args: string[]): Promise<Ended & { readonly events: readonly EngineEvent[] }> {
        const log = join(this.folder, "events.json");
        rmSync(log, { force: true });
        const script = `pulumi ${args.join(" ")} --stack dev --non-interactive --event-log ${log}`;
        const ended = await this.shell(script);
        return { ...ended, events: readEvents(log) };
    }

    /** Runs `destroy`. @returns the engine's events @throws Error with what was printed where it fails */
    async destroy(): Promise<readonly EngineEvent[]> {
        const log = join(this.folder, "events.json");
        const { code, output } = await this.lab("destroy", "--event-log", log);
        if (code !== 0) throw new Error(`lab destroy ended with ${code}:\n${output}`);
        return readEvents(log);
    }

    /** A client with the administrator's kubeconfig of this moment; closed with the house. */
    kube(): KubeClient {
        const client = KubeClient.fromKubeconfig(readFileSync(this.paths.kubeconfig, "utf8"));
        this.clients.push(client);
        return client;
    }

    /** One call of the Proxmox API with the program's own token. @returns `data` of the answer */
    proxmox(method: "GET" | "PUT", path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
        const { apiToken } = loadCredentials(this.paths.proxmox);
        const headers = {
            authorization: `PVEAPIToken=${apiToken}`,
            "content-type": "application/x-www-form-urlencoded",
        };
        const url = `https://${this.address("127.0.20.11")}:8006/api2/json${path}`;
        return new Promise((done, fail) => {
            const call = request(url, { method, headers, rejectUnauthorized: false, agent: false }, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    const text = Buffer.concat(chunks).toString("utf8");
                    if (response.statusCode === 200) done(valueAt(JSON.parse(text), "data"));
                    else fail(new Error(`${method} ${path}: ${response.statusCode ?? 0} ${text}`));
                });
            });
            call.on("error", fail);
            call.end(method === "GET" ? undefined : new URLSearchParams({ ...parameters }).toString());
        });
    }

    /** Resources of the state, without the engine's own. */
    resources(): readonly StateResource[] {
        const file = join(this.paths.state, ".pulumi", "stacks", "homelab", "dev.json");
        const resources = valueAt(JSON.parse(readFileSync(file, "utf8")), "checkpoint.latest.resources");
        return (Array.isArray(resources) ? resources.map(stateResource) : []).filter(
            ({ type }) => !ENGINES_OWN.includes(type),
        );
    }

    /** What runs for this lab: the recorded processes and whatever they have started. */
    processes(): readonly LabProcess[] {
        const rows = execFileSync("ps", ["-eo", "pid=,ppid=,rss=,args="], { encoding: "utf8" }).split("\n");
        const all = rows.flatMap((row) => {
            const [, pid, parent, kib, command = ""] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
            const started = processStart(Number(pid));
            if (started === undefined) return [];
            return [{ pid: Number(pid), parent: Number(parent), residentBytes: Number(kib) * 1024, started, command }];
        });
        const found = new Set(recordedProcesses(this.paths.run).map(({ pid }) => pid));
        for (let before = -1; before !== found.size;) {
            before = found.size;
            for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
        }
        return all.filter(({ pid }) => found.has(pid));
    }

    /** Ends the lab, also a broken one, and removes the checkout. */
    async close(): Promise<void> {
        for (const client of this.clients) client.close();
        const { code, output } = await this.lab("down");
        removeFolder(this.folder);
        if (code !== 0) throw new Error(`lab down ended with ${code}:\n${output}`);
    }

    private run(program: string, args: readonly string[]): Promise<Ended> {
        // A group of its own, so that whatever a hanging command has started ends with it.
        const options = { cwd: this.checkout, env: this.env, detached: true } as const;
        const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
        let [output, stdout] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            stdout += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
        return new Promise((done, fail) => {
            const limit = setTimeout(() => {
                if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
            }, this.options.commandBudgetMs ?? COMMAND_BUDGET_MS);
            child.once("error", fail);
            child.once("close", (code) => {
                clearTimeout(limit);
                done({ code: code ?? -1, output, stdout });
            });
        });
    }
}

/** What the engine did or would do to one resource, or to all together. */
export interface EngineEvent {
    readonly phase: "begin" | "end" | "summary";
    /** `create`, `update`, `delete`, `same`, `refresh` ...; empty in a summary. */
    readonly op: string;
    readonly urn: string;
    /** Changed properties, as paths. */
    readonly changed: readonly string[];
    /** Number of resources by operation; only in a summary. */
    readonly counts: Readonly<Record<string, unknown>>;
}

export interface StateResource {
    readonly urn: string;
    readonly type: string;
    /** URNs of what has to be there before it and goes after it. */
    readonly needs: readonly string[];
}

/** The last part of a URN: the name that the program gave. */
export function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}

function freshCheckout(folder: string): string {
    cpSync(repository, folder, {
        recursive: true,
        filter: (source) => resolve(source, "..") !== repository || !NOT_COPIED.has(basename(source)),
    });
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    return folder;
}

function readEvents(file: string): EngineEvent[] {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.filter(Boolean).flatMap((line): EngineEvent[] => {
        const event: unknown = JSON.parse(line);
        const counts = valueAt(event, "summaryEvent.resourceChanges");
        if (isRecord(counts)) return [{ phase: "summary", op: "", urn: "", changed: [], counts }];
        const phases = { begin: "resourcePreEvent", end: "resOutputsEvent" } as const;
        return (["begin", "end"] as const).flatMap((phase) => {
            const metadata = valueAt(event, `${phases[phase]}.metadata`);
            if (!isRecord(metadata)) return [];
            const [op, urn] = [textOf(metadata["op"]), textOf(metadata["urn"])];
            const diff = metadata["detailedDiff"];
            return [{ phase, op, urn, changed: isRecord(diff) ? Object.keys(diff).sort() : [], counts: {} }];
        });
    });
}

function stateResource(value: unknown): StateResource {
    const dependencies = valueAt(value, "dependencies");
    // A provider is written as its URN and its id.
    const provider = textOf(valueAt(value, "provider")).split("::").slice(0, 4).join("::");
    const named = Array.isArray(dependencies) ? dependencies.map(textOf) : [];
    return {
        urn: textOf(valueAt(value, "urn")),
        type: textOf(valueAt(value, "type")),
        needs: [textOf(valueAt(value, "parent")), provider, ...named].filter((urn) => urn !== ""),
    };
}
