import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Client, credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { lastLines } from "../../process/log-tail";
import type { Calls } from "./protocol";

/** Where the real Terraform provider is and where it writes what it has to say. */
export interface Tools {
    /** Path of `terraform-provider-proxmox`. */
    readonly binary: string;
    /** Path of `tfplugin6.proto`, from the module it was built with. */
    readonly proto: string;
    /** The process appends its log here. */
    readonly logFile: string;
    /** Its home and its temporary files: it remembers the keys of SSH hosts there, not where the user's are. */
    readonly folder: string;
}

/** Every Terraform plugin refuses to start without it; it keeps people from running one by hand. */
const MAGIC_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/**
 * The shell waits for the provider and ends it when its own standard input ends: that is when we close it, and also
 * when we are killed, so that no provider is left behind. A Ctrl-C in a terminal is ours to deal with, not its.
 */
const WATCHED = `
trap '' INT HUP
exec 3<&0
"$0" </dev/null 3<&- &
child=$!
{ read -r _ <&3; kill $child; } 2>/dev/null &
exec 3<&-
wait $child
code=$?
rm -rf "$PLUGIN_UNIX_SOCKET_DIR"
exit $code`;
const HANDSHAKE_MS = 30_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

type Invoke = (request: unknown, done: (error: ServiceError | null, answer: unknown) => void) => unknown;

/** One running Terraform provider. */
export class TerraformProcess {
    private ended: string | undefined;

    private constructor(
        private readonly child: ChildProcess,
        private readonly client: Client,
        private readonly tools: Tools,
        /** Of its own; gone when the process is. */
        readonly socketFolder: string,
    ) {
        const markEnded = (code: number | null, signal: NodeJS.Signals | null): void => {
            this.ended = signal ?? `exit code ${code ?? "unknown"}`;
        };
        if (child.exitCode !== null || child.signalCode !== null) markEnded(child.exitCode, child.signalCode);
        child.once("exit", markEnded);
    }

    /** @throws when the process ends or says nothing useful within 30 s, with the end of its log. */
    static async start(tools: Tools): Promise<TerraformProcess> {
        mkdirSync(dirname(tools.logFile), { recursive: true });
        mkdirSync(tools.folder, { recursive: true });
        // Not in the lab's folder: a unix socket's path may have about 100 characters only.
        const socketFolder = mkdtempSync(join(tmpdir(), "tfp-"));
        const log = openSync(tools.logFile, "a", 0o600);
        const child = spawn("/bin/sh", ["-c", WATCHED, tools.binary], {
            stdio: ["pipe", "pipe", log],
            env: {
                ...process.env,
                TF_PLUGIN_MAGIC_COOKIE: MAGIC_COOKIE,
                PLUGIN_PROTOCOL_VERSIONS: "6",
                PLUGIN_UNIX_SOCKET_DIR: socketFolder,
                HOME: tools.folder,
                TMPDIR: tools.folder,
                // Below "warn" it writes several megabytes a minute, request bodies with passwords included.
                TF_LOG_SDK: process.env["TF_LOG_SDK"] ?? "warn",
                TF_LOG_PROVIDER_PROXMOX: process.env["TF_LOG_PROVIDER_PROXMOX"] ?? "warn",
            },
        });
        closeSync(log);
        try {
            const address = await handshake(child, tools);
            return new TerraformProcess(child, connect(address, tools.proto), tools, socketFolder);
        } catch (error) {
            child.stdin?.end();
            throw error;
        }
    }

    /**
     * One call. When `signal` fires the provider is asked to stop what it does, and the call still waits for its
     * answer: some work (the creation of a machine) cannot be stopped, and what was made must not be lost.
     */
    async call<M extends keyof Calls>(method: M, request: Calls[M][0], signal?: AbortSignal): Promise<Calls[M][1]> {
        signal?.throwIfAborted();
        this.throwIfEnded(method);
        const stop = (): void => void this.call("StopProvider", {}).catch(() => undefined);
        signal?.addEventListener("abort", stop, { once: true });
        try {
            return await new Promise<Calls[M][1]>((resolve, reject) => {
                const invoke = Reflect.get(this.client, method) as Invoke;
                invoke.call(this.client, request, (error, answer) =>
                    error ? reject(error) : resolve(answer as Calls[M][1]),
                );
            });
        } catch (error) {
            await Promise.race([this.exit(), delay(500)]);
            this.throwIfEnded(method);
            throw error;
        } finally {
            signal?.removeEventListener("abort", stop);
        }
    }

    async close(): Promise<void> {
        this.client.close();
        this.child.stdin?.end();
        await this.exit();
    }

    private exit(): Promise<void> {
        if (this.ended !== undefined) return Promise.resolve();
        return new Promise((resolve) => this.child.once("exit", () => resolve()));
    }

    private throwIfEnded(method: string): void {
        if (this.ended === undefined) return;
        throw new Error(
            `the Proxmox provider's process ended (${this.ended}) before it answered ${method}; ` +
                `run the command again, and see ${this.tools.logFile}${logTail(this.tools.logFile)}`,
        );
    }
}

function delay(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** A panic's first lines say most, and they are near the end of the log. */
function logTail(file: string): string {
    const lines = lastLines(file, 200);
    const start = lines.findLastIndex((line) => line.startsWith("panic:"));
    return start < 0 ? "" : `\n${lines.slice(start, start + 12).join("\n")}`;
}

function handshake(child: ChildProcess, tools: Tools): Promise<string> {
    return new Promise((resolve, reject) => {
        const fail = (why: string): void =>
            reject(new Error(`${tools.binary}: the Proxmox provider did not start: ${why}; see ${tools.logFile}`));
        const timer = setTimeout(() => fail(`it said nothing within ${HANDSHAKE_MS / 1000} s`), HANDSHAKE_MS);
        child.once("error", (error) => fail(error.message));
        child.once("exit", (code, signal) => fail(`it ended with ${signal ?? `exit code ${code ?? "unknown"}`}`));
        if (!child.stdout) return fail("it has no standard output");
        createInterface({ input: child.stdout }).once("line", (line) => {
            clearTimeout(timer);
            // core protocol | plugin protocol | network | address | wire format
            const [, version, network, address, wire] = line.split("|");
            if (version !== "6" || network !== "unix" || !address || wire !== "grpc") fail(`it answered "${line}"`);
            else resolve(`unix:${address}`);
        });
    });
}

const services = new Map<string, new (...args: ConstructorParameters<typeof Client>) => Client>();

function connect(address: string, proto: string): Client {
    let service = services.get(proto);
    if (!service) {
        const definition = loadSync(proto, {
            keepCase: true,
            longs: Number,
            enums: String,
            defaults: true,
            oneofs: true,
        });
        const loaded = loadPackageDefinition(definition) as unknown as {
            tfplugin6: { Provider: typeof service & object };
        };
        service = loaded.tfplugin6.Provider;
        services.set(proto, service);
    }
    return new service(address, credentials.createInsecure(), {
        "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
        "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
}
