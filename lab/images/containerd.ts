import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "../process/log-tail";
import { Child } from "../process/child";
import type { StoreTools } from "./context";

/** Where the kubelet's images and containers live in containerd. */
const NAMESPACE = "k8s.io";
/** Folders of a containerd root. */
export const CONTENT = "io.containerd.content.v1.content";
export const METADATA = "io.containerd.metadata.v1.bolt";
export const SNAPSHOTTER = "io.containerd.snapshotter.v1.overlayfs";
export const SNAPSHOTS = `${SNAPSHOTTER}/snapshots`;

const START_MS = 30_000;
const POLL_MS = 50;

export interface ContainerdOptions {
    /** Its root: content, snapshots, metadata. */
    readonly root: string;
    /** For state and settings. */
    readonly work: string;
    readonly tools: Pick<StoreTools, "containerd" | "ctr">;
    readonly env: NodeJS.ProcessEnv;
    readonly logFile: string;
    readonly signal?: AbortSignal | undefined;
}

/** A containerd that only keeps images: no containers, no CRI, nothing outside its two folders. */
export interface ImageKeeper {
    /** Takes an OCI archive in, unpacks its images, and gives them labels. */
    importArchive(archive: AsyncIterable<Uint8Array>, labels: Readonly<Record<string, string>>): Promise<void>;
    /** Deletes content that nothing refers to, and waits for it. */
    collectGarbage(): Promise<void>;
}

/** Runs a containerd for the time of `use`, and ends it in any case. @throws Error with its last lines. */
export async function withContainerd<T>(
    options: ContainerdOptions,
    use: (keeper: ImageKeeper) => Promise<T>,
): Promise<T> {
    const { root, work, tools, env, logFile, signal } = options;
    for (const program of [tools.containerd, tools.ctr]) {
        await access(program, constants.X_OK).catch(() => {
            throw new Error(`${program}: no program (images are unpacked with it); run "npm run lab -- toolchain"`);
        });
    }
    await mkdir(work, { recursive: true });
    // The cache may be too deep for a socket, whose path has 107 bytes.
    const sockets = await mkdtemp(join(tmpdir(), "lab-images-"));
    const socket = join(sockets, "sock");
    const config = join(work, "containerd.toml");
    await writeFile(config, settings(root, work, socket));
    const child = new Child({
        name: "image-containerd",
        command: tools.containerd,
        args: ["--config", config],
        env,
        logFile,
        pidDirectory: work,
        restart: false,
    });
    const ctr = (args: readonly string[], input?: AsyncIterable<Uint8Array>) =>
        runClient(tools.ctr, ["--address", socket, "--namespace", NAMESPACE, ...args], { env, signal, input });
    try {
        await answering(
            () => ctr(["version"]),
            () => child.pid !== undefined,
            signal,
        );
        return await use({
            async importArchive(archive, labels) {
                const given = Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`);
                await ctr(["images", "import", "--local", "--discard-unpacked-layers", ...given, "-"], archive);
            },
            async collectGarbage() {
                // A lease that is deleted with this option ends only after the collector has run.
                await ctr(["leases", "create", "--id", "collect"]);
                await ctr(["leases", "delete", "--sync", "collect"]);
            },
        });
    } catch (error) {
        signal?.throwIfAborted();
        const tail = lastLines(logFile, 12).map((line) => `    ${line}`);
        const message = error instanceof Error ? error.message : String(error);
        throw new Error([`${message}; the last lines of its containerd (${logFile}):`, ...tail].join("\n"), {
            cause: error,
        });
    } finally {
        await child.stop();
        await rm(sockets, { recursive: true, force: true });
    }
}

/** Waits until a question is answered. @throws what the last answer threw when the time is up or nobody is there. */
async function answering(
    ask: () => Promise<void>,
    isThere: () => boolean,
    signal: AbortSignal | undefined,
): Promise<void> {
    for (const end = Date.now() + START_MS; ;) {
        try {
            await ask();
            return;
        } catch (error) {
            signal?.throwIfAborted();
            if (!isThere() || Date.now() > end) throw error;
        }
        await sleep(POLL_MS, undefined, signal ? { signal } : {});
    }
}

/**
 * Only what keeps images is on. The settings of out-of-memory scores let it start where root may not lower them.
 */
function settings(root: string, work: string, socket: string): string {
    const text = JSON.stringify;
    return `version = 3
root = ${text(root)}
state = ${text(join(work, "state"))}
temp = ${text(join(work, "temp"))}
oom_score = 0
disabled_plugins = [
    "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri",
    "io.containerd.nri.v1.nri", "io.containerd.runtime.v2.task", "io.containerd.internal.v1.opt",
    "io.containerd.internal.v1.restart", "io.containerd.podsandbox.controller.v1.podsandbox",
    "io.containerd.sandbox.controller.v1.shim", "io.containerd.snapshotter.v1.native",
    "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.blockfile", "io.containerd.differ.v1.erofs",
]
[grpc]
    address = ${text(socket)}
[ttrpc]
    address = ${text(`${socket}.ttrpc`)}
`;
}

async function runClient(
    command: string,
    args: readonly string[],
    options: {
        readonly env: NodeJS.ProcessEnv;
        readonly signal?: AbortSignal | undefined;
        readonly input: AsyncIterable<Uint8Array> | undefined;
    },
): Promise<void> {
    const { env, signal, input } = options;
    const child = spawn(command, [...args], { env, stdio: ["pipe", "ignore", "pipe"], ...(signal && { signal }) });
    const said: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const ended = new Promise<void>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, killed) => {
            if (code === 0) resolve();
            else
                reject(
                    new Error(
                        `ctr ${args.slice(4, 6).join(" ")} ended with ${killed ?? String(code)}: ${said.join("").trim()}`,
                    ),
                );
        });
    });
    if (!input) child.stdin.end();
    const fed = input ? pipeline(Readable.from(input), child.stdin) : Promise.resolve();
    const [end, feed] = await Promise.allSettled([ended, fed]);
    // A reader that ends early breaks the pipe: then what it said is the reason, not the pipe.
    if (feed.status === "rejected" && end.status === "fulfilled") throw feed.reason;
    await ended;
}
