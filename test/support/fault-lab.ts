import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeClient } from "../../lab/kube/client";
import { labPaths, type LabPaths } from "../../lab/paths";
import { valueAt } from "../../lab/plain-values";
import { loadCredentials } from "../../lab/proxmox/credentials";
import { isRunning, recordedProcesses, type ProcessRecord } from "../../lab/process/pid-file";
import { removeFolder } from "./scratch-folder";

/** What a command of the lab printed, and how it ended. */
export interface Ended {
    readonly code: number;
    /** Standard output and error, as somebody at a terminal reads them. */
    readonly output: string;
    readonly seconds: number;
}

/** A command of the lab that runs. */
export interface Started {
    readonly done: Promise<Ended>;
    readonly pid: number;
    output(): string;
    /** Waits until it has printed something that matches; fails when it ends without. */
    printed(words: RegExp): Promise<void>;
    /** Ctrl-C: a terminal signals everybody in the process group. */
    interrupt(): void;
    /** Kills the command and all that it started in its group, without a last word. */
    kill(): void;
}

/** One lab of its own, run by its commands like a user's. */
export interface FaultLab {
    readonly paths: LabPaths;
    readonly slot: number;
    lab(...args: string[]): Promise<Ended>;
    start(...args: string[]): Started;
    /** The same lab, whose commands get other settings. */
    withEnvironment(extra: NodeJS.ProcessEnv): Pick<FaultLab, "lab" | "start">;
    /** Pulumi on the lab's stack, as `lab env` offers it. */
    pulumi(...args: string[]): Promise<Ended>;
    /** `up`, then a preview that must find nothing to change. @throws AssertionError-like Error with what was printed */
    upAndWhole(): Promise<Ended>;
    /** One call of the Proxmox API as root. @param parameters form fields; none make it a GET unless said otherwise */
    proxmox(method: string, path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
    /** A client with the administrator's kubeconfig; the cluster must be there. */
    kube(): KubeClient;
    /** Processes of the lab that run, by name. */
    running(): readonly ProcessRecord[];
    /** Writes the house's file anew. */
    house(text: string): void;
    /** Changes the lab's own stack file, which the next `up` writes anew; for what the lab would not let through. */
    changeStackFile(change: (text: string) => string): void;
    /** Resources in the state, by URN. */
    resources(): readonly StateResource[];
    /**
     * Makes the state that of an engine that died after it had asked for resources of these types and before it noted the
     * answer. They may have no dependents. @returns how many there were
     */
    forgetAnswers(types: RegExp): number;
    /** Ends everything and removes every file. */
    close(): Promise<void>;
}

export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly outputs?: Record<string, unknown>;
}

const checkout = resolve(__dirname, "..", "..");

/** The house's file of `test/fixtures/lab/cottage.yaml`: one host, one machine. */
export function cottage(): string {
    return readFileSync(join(checkout, "test", "fixtures", "lab", "cottage.yaml"), "utf8");
}

/** The same house with a second machine. */
export function cottageWithAgent(): string {
    const agent = "{ name: k3s-agent-1, host: pve-1, vmId: 211, address: 127.0.20.31 }";
    return cottage().replace(
        "    name: cottage\n",
        `    name: cottage\n    agents: { cores: 2, memoryGiB: 4, diskGiB: 80, machines: [${agent}] }\n`,
    );
}

/** No command of a lab may take longer; a test that hangs ends with what was printed until then. */
const COMMAND_BUDGET_MS = 180_000;

/**
 * Opens a lab in a folder and a slot of its own; nothing is started yet.
 * @param slot second number of its addresses, unique among the test files: they run side by side
 * @param text the house's stack file
 */
export function openFaultLab(slot: number, text: string): FaultLab {
    const folder = mkdtempSync(join(tmpdir(), `lab-${slot}-`));
    const houseFile = join(folder, "house.yaml");
    writeFileSync(houseFile, text);
    const own = {
        ...{ LAB_DIR: join(folder, "lab"), LAB_SLOT: String(slot), LAB_STACK_FILE: houseFile, NO_COLOR: "1" },
        LAB_NODES: "simulated",
    };
    const env = { ...process.env, ...own };
    const paths = labPaths(checkout, env);
    const running = new Set<Started>();
    const commands = (extra: NodeJS.ProcessEnv) => {
        const start = (...args: string[]): Started => {
            const program = [process.execPath, "--import", "tsx", "lab/cli.ts"];
            const command = startCommand([...program, ...args], { ...env, ...extra });
            running.add(command);
            void command.done.finally(() => running.delete(command));
            return command;
        };
        return { start, lab: (...args: string[]) => start(...args).done };
    };
    const { start, lab } = commands({});
    const pulumi = (...args: string[]) => {
        const file = { PULUMI_CONFIG_PASSPHRASE_FILE: join(paths.root, "passphrase") };
        const engine = { ...env, ...file, PULUMI_HOME: paths.pulumiHome, PULUMI_BACKEND_URL: `file://${paths.state}` };
        return startCommand([join(paths.root, "bin", "pulumi"), ...args], { ...engine, PULUMI_SKIP_UPDATE_CHECK: "1" })
            .done;
    };
    return {
        paths,
        slot,
        lab,
        start,
        withEnvironment: commands,
        pulumi,
        async upAndWhole() {
            const up = await lab("up");
            if (up.code !== 0) throw new Error(`up ended with ${up.code}:\n${up.output}`);
            const preview = await lab("preview", "--expect-no-changes");
            if (preview.code !== 0) throw new Error(`something is left to change:\n${preview.output}`);
            return up;
        },
        proxmox: (method, path, parameters) => callProxmox(paths, slot, method, path, parameters),
        kube: () => KubeClient.fromKubeconfig(readFileSync(paths.kubeconfig, "utf8")),
        running: () => recordedProcesses(paths.run).filter(isRunning),
        house: (changed) => writeFileSync(houseFile, changed),
        changeStackFile: (change) => writeFileSync(paths.stackFile, change(readFileSync(paths.stackFile, "utf8"))),
        resources: () => readResources(paths),
        forgetAnswers: (types) => forgetAnswers(paths, types),
        async close() {
            for (const command of running) command.kill();
            const { code, output } = await lab("down");
            const left = existsSync(paths.root) ? readdirSync(paths.root) : [];
            removeFolder(folder);
            if (code !== 0 || left.length > 0) throw new Error(`down left ${left.join(", ")}:\n${output}`);
        },
    };
}

function startCommand([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Started {
    const began = performance.now();
    // A group of its own, as a shell makes one for each command line.
    const child = spawn(program, args, { cwd: checkout, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let ended = false;
    for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    const signal = (name: NodeJS.Signals) => {
        if (!ended && child.pid !== undefined) process.kill(-child.pid, name);
    };
    const limit = setTimeout(() => signal("SIGKILL"), COMMAND_BUDGET_MS);
    const done = new Promise<Ended>((resolveDone, fail) => {
        child.once("error", fail);
        child.once("close", (code) => {
            ended = true;
            clearTimeout(limit);
            resolveDone({ code: code ?? -1, output, seconds: (performance.now() - began) / 1000 });
        });
    });
    return {
        done,
        pid: child.pid ?? 0,
        output: () => output,
        async printed(words) {
            while (!words.test(output)) {
                if (ended) throw new Error(`it ended without printing ${String(words)}:\n${output}`);
                await sleep(20);
            }
        },
        interrupt: () => signal("SIGINT"),
        kill: () => signal("SIGKILL"),
    };
}

function callProxmox(
    paths: LabPaths,
    slot: number,
    method: string,
    path: string,
    parameters: Readonly<Record<string, string>> = {},
): Promise<unknown> {
    const body = new URLSearchParams(parameters).toString();
    // Root's own token would have to be made first; the program's may do all that the tests need.
    const { apiToken } = loadCredentials(paths.proxmox);
    const headers = { authorization: `PVEAPIToken=${apiToken}`, "content-type": "application/x-www-form-urlencoded" };
    const query = method === "GET" || method === "DELETE" ? `?${body}` : "";
    const url = `https://127.${slot}.20.11:8006/api2/json${path}${query}`;
    return new Promise((resolveAnswer, fail) => {
        const call = request(url, { method, headers, rejectUnauthorized: false, agent: false }, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => {
                const text = Buffer.concat(chunks).toString("utf8");
                if (response.statusCode !== 200) return fail(new Error(`${method} ${path}: ${text}`));
                resolveAnswer(valueAt(JSON.parse(text), "data"));
            });
        });
        call.on("error", fail);
        call.end(query === "" && method !== "GET" ? body : undefined);
    });
}

interface Latest {
    resources?: StateResource[];
    pending_operations?: { type: string; resource: Omit<StateResource, "id" | "outputs"> }[];
}

function stateFile(paths: LabPaths): string {
    return join(paths.state, ".pulumi", "stacks", "homelab", "dev.json");
}

function readState(paths: LabPaths): { checkpoint: { latest?: Latest } } {
    if (!existsSync(stateFile(paths))) return { checkpoint: {} };
    return JSON.parse(readFileSync(stateFile(paths), "utf8")) as { checkpoint: { latest?: Latest } };
}

function readResources(paths: LabPaths): StateResource[] {
    return readState(paths).checkpoint.latest?.resources ?? [];
}

function forgetAnswers(paths: LabPaths, types: RegExp): number {
    const state = readState(paths);
    const latest = state.checkpoint.latest ?? {};
    const lost = (latest.resources ?? []).filter(({ type }) => types.test(type));
    latest.resources = (latest.resources ?? []).filter((resource) => !lost.includes(resource));
    latest.pending_operations = lost.map(({ id: _id, outputs: _outputs, ...resource }) => ({
        type: "creating",
        resource,
    }));
    writeFileSync(stateFile(paths), JSON.stringify(state));
    return lost.length;
}
