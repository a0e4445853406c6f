import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { withoutEngineLog } from "../../lab/engine-log";
import { labPaths } from "../../lab/paths";
import type { Catalogue } from "../../lab/providers/catalogue";
import { startProviderHost } from "../../lab/providers/host";
import { installLanguageHost, installPlugins } from "../../lab/providers/install";
import type { ProviderFactory } from "../../lab/providers/kit/provider";
import { removeFolder } from "./scratch-folder";
import { testTool } from "./tools";

/** One step that the engine planned or made. */
export interface Step {
    /** `create`, `update`, `delete`, `replace`, `create-replacement`, `delete-replaced`, `same`, `import` ... */
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    /** The URN's last part. */
    readonly name: string;
    readonly id: string;
    readonly inputs: Record<string, unknown>;
    readonly outputs: Record<string, unknown>;
    /** Changed property paths, with the engine's word for how (`update`, `add-replace` ...). */
    readonly diff: Record<string, string>;
}

/** What one command of the CLI did. */
export interface Run {
    readonly code: number;
    /** Everything that was printed. */
    readonly output: string;
    /** Steps in the order of their start; the stack itself and its providers are left out. */
    readonly steps: readonly Step[];
    /** Messages with the severity `error` or `warning`, and info lines that stay; ephemeral ones too, marked. */
    readonly messages: readonly { severity: string; message: string; urn: string; ephemeral: boolean }[];
    readonly errors: readonly string[];
}

export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Record<string, unknown>;
    readonly outputs?: Record<string, unknown>;
    readonly initErrors?: readonly string[];
}

/** A real engine with a stack of its own in a temporary folder. */
export interface Engine {
    readonly folder: string;
    /** What each command of the CLI is started with; may be changed between commands. */
    readonly environment: NodeJS.ProcessEnv;
    /** Replaces the program: the text of a CommonJS module (plain JavaScript). */
    program(text: string): Promise<void>;
    setConfig(key: string, value: string, secret?: boolean): Promise<void>;
    preview(...args: string[]): Promise<Run>;
    up(...args: string[]): Promise<Run>;
    refresh(...args: string[]): Promise<Run>;
    destroy(...args: string[]): Promise<Run>;
    /** `pulumi import`; the plugins have no schema, so no code is generated. */
    importing(...args: string[]): Promise<Run>;
    /** Starts a command and leaves it running: for tests that interrupt or kill it. */
    starting(
        command: "up" | "destroy" | "refresh",
        ...args: string[]
    ): { run: Promise<Run>; interrupt(signal?: NodeJS.Signals): void };
    /** Any other command; rejects when it fails. */
    cli(...args: string[]): Promise<string>;
    /** The stack's outputs, secrets shown. */
    outputs(): Promise<Record<string, unknown>>;
    /** The state as it is stored, secrets encrypted: no plain secret may appear in this text. */
    stateText(): Promise<string>;
    resources(): Promise<readonly StateResource[]>;
    /** Forgets all resources without touching them, as if nothing had ever been made: quicker than a destroy. */
    reset(): Promise<void>;
    /** Number of plugin instances that the host serves at this moment. */
    pluginInstances(): number;
    close(): Promise<void>;
}

export interface EngineOptions {
    /** Plugins to serve, by name: the SDK that names their version and the implementation. */
    readonly plugins: Readonly<Record<string, { npmPackage: string; factory: ProviderFactory }>>;
    /** Extra environment of the CLI. */
    readonly env?: NodeJS.ProcessEnv;
}

const checkout = resolve(__dirname, "..", "..");

/** Makes an engine whose plugins run in the test's own process. Takes about 1 s; `close` removes everything. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
    const folder = await mkdtemp(join(tmpdir(), "engine-"));
    const lab = join(folder, "lab");
    const paths = labPaths(checkout, { LAB_DIR: lab, XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] });
    const catalogue: Catalogue = Object.fromEntries(
        Object.entries(options.plugins).map(([name, { npmPackage, factory }]) => [
            name,
            { npmPackage, load: () => Promise.resolve(factory) },
        ]),
    );
    await mkdir(paths.run, { recursive: true });
    await mkdir(paths.state, { recursive: true });
    await withoutEngineLog(paths.pulumiHome);
    await installPlugins(paths, {}, catalogue);
    const bin = await installLanguageHost(paths);
    const host = await startProviderHost(paths.providerSocket, catalogue);
    const nodeFolder = join(checkout, "node_modules", ".bin");
    const environment: NodeJS.ProcessEnv = {
        ...process.env,
        PATH: [bin, nodeFolder, process.env["PATH"] ?? ""].join(delimiter),
        PULUMI_HOME: paths.pulumiHome,
        PULUMI_BACKEND_URL: `file://${paths.state}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DEBUG_COMMANDS: "true",
        NO_COLOR: "1",
        ...options.env,
    };
    await symlink(join(checkout, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "test", main: "index.js" }));
    const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
    await writeFile(join(folder, "Pulumi.yaml"), `name: test\n${runtime}\nmain: index.js\n`);
    await writeFile(join(folder, "index.js"), "");

    const start = (args: readonly string[]) => startCli(folder, environment, args);
    const cli = async (...args: string[]): Promise<string> => {
        const { code, output } = await start(args).done;
        if (code !== 0) {
            throw new Error(`pulumi ${args.join(" ")} ended with ${code}\n${output}`);
        }
        return output;
    };
    let sequence = 0;
    const starting = (command: string, args: readonly string[]) => {
        const log = join(folder, `events-${++sequence}.json`);
        const { done, interrupt } = start([command, "--non-interactive", "--event-log", log, ...args]);
        return { interrupt, run: done.then(async ({ code, output }) => readRun(code, output, log)) };
    };
    const exported = async (): Promise<string> => cli("stack", "export");
    await cli("stack", "init", "test", "--non-interactive");
    const stateFile = join(paths.state, ".pulumi", "stacks", "test", "test.json");
    const empty = await readFile(stateFile);
    return {
        folder,
        environment,
        program: (text) => writeFile(join(folder, "index.js"), text),
        setConfig: async (key, value, secret = false) => {
            await cli("config", "set", ...(secret ? ["--secret"] : []), "--", key, value);
        },
        preview: (...args) => starting("preview", args).run,
        up: (...args) => starting("up", ["--yes", "--skip-preview", ...args]).run,
        refresh: (...args) => starting("refresh", ["--yes", "--skip-preview", ...args]).run,
        destroy: (...args) => starting("destroy", ["--yes", "--skip-preview", ...args]).run,
        importing: (...args) =>
            starting("import", ["--yes", "--skip-preview", "--generate-code=false", "--protect=false", ...args]).run,
        starting: (command, ...args) => starting(command, ["--yes", "--skip-preview", ...args]),
        cli,
        outputs: async () =>
            JSON.parse(await cli("stack", "output", "--json", "--show-secrets")) as Record<string, unknown>,
        stateText: exported,
        resources: async () =>
            (JSON.parse(await exported()) as { deployment: { resources?: StateResource[] } }).deployment.resources ??
            [],
        reset: () => writeFile(stateFile, empty),
        pluginInstances: host.instances,
        close: async () => {
            await host.close();
            removeFolder(folder);
        },
    };
}

function startCli(folder: string, env: NodeJS.ProcessEnv, args: readonly string[]) {
    const child = spawn(testTool("pulumi"), args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    const done = new Promise<{ code: number; output: string }>((resolveDone, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolveDone({ code: code ?? -1, output }));
    });
    return { done, interrupt: (signal: NodeJS.Signals = "SIGINT") => void child.kill(signal) };
}

interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly old: StateResource | null;
    readonly new: StateResource | null;
    readonly detailedDiff: Record<string, { diffKind: string }> | null;
}

interface EngineEvent {
    readonly resourcePreEvent?: { metadata: StepMetadata };
    readonly resOutputsEvent?: { metadata: StepMetadata };
    readonly diagnosticEvent?: { severity: string; message: string; urn?: string; ephemeral?: boolean };
}

async function readRun(code: number, output: string, log: string): Promise<Run> {
    const text = existsSync(log) ? await readFile(log, "utf8") : "";
    const events = text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line) as EngineEvent);
    const messages = events
        .map((event) => event.diagnosticEvent)
        .filter((event) => event !== undefined)
        .map(({ severity, message, urn = "", ephemeral = false }) => ({
            severity,
            message: message.replace(/<\{%[^%]*%\}>/g, "").trim(),
            urn,
            ephemeral,
        }));
    const errors = messages.filter(({ severity }) => severity === "error").map(({ message }) => message);
    return { code, output, steps: readSteps(events), messages, errors };
}

function readSteps(events: readonly EngineEvent[]): Step[] {
    const finished = events.map((event) => event.resOutputsEvent?.metadata).filter((step) => step !== undefined);
    return events
        .map((event) => event.resourcePreEvent?.metadata)
        .filter((step) => step !== undefined)
        .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"))
        .map((planned) => {
            // A refresh is announced as `refresh` and ends as what it found: `update`, `delete` or `same`.
            const step =
                finished.find(
                    ({ urn, op }) => urn === planned.urn && (op === planned.op || planned.op === "refresh"),
                ) ?? planned;
            const state = step.new ?? step.old;
            return {
                op: step.op,
                urn: step.urn,
                type: step.type,
                name: step.urn.split("::").at(-1) ?? "",
                id: state?.id ?? "",
                inputs: state?.inputs ?? {},
                outputs: state?.outputs ?? {},
                diff: Object.fromEntries(
                    Object.entries(step.detailedDiff ?? {}).map(([path, { diffKind }]) => [path, diffKind]),
                ),
            };
        });
}
