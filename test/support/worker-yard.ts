import { createHash, randomUUID } from "node:crypto";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtempSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { labPaths } from "../../lab/paths";
import { onPath } from "../../lab/toolchain/locate";
import { transcodeFiles } from "../../components/apps/transcode-workers/files";
import { PLACES, USER, type Places } from "../../components/apps/transcode-workers/places";
import { rffmpeg } from "../../components/versions";
import { installTools, prepareServer, prepareWorker } from "../../components/apps/transcode-workers/tools-scripts";
import { removeFolder } from "./scratch-folder";
import { testTool } from "./tools";

/** Why workers cannot be run here; `undefined` where they can. */
export function hindrance(): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root: each process becomes user 1000";
    const path = process.env["PATH"] ?? "";
    const missing = ["apt-get", "dpkg-deb", "curl", "unshare", "setpriv", "ssh-keygen", "ps"].filter(
        (program) => onPath(program, path) === undefined,
    );
    if (missing.length > 0) return `needs ${missing.join(", ")}`;
    try {
        testTool("ffmpeg");
    } catch {
        return "needs the ffmpeg of the lab's toolchain";
    }
    return undefined;
}

const scriptEnv = { TOOLS_ID: "test", RFFMPEG_SHA256: rffmpeg.sha256 } as const;

/** What a process printed, and how it ended. */
export interface Ended {
    readonly status: number | null;
    readonly output: string;
    readonly seconds: number;
}

/**
 * A pod of Jellyfin and its workers as processes of user 1000 on loopback addresses: Debian's sshd and Python, the real rffmpeg,
 * the real ffmpeg, and every file and script as the program writes them.
 */
export class WorkerYard {
    readonly hosts: readonly string[];
    readonly folder = mkdtempSync(join(tmpdir(), "workers-"));
    private readonly port: number;
    private readonly running = new Map<string, ChildProcess>();
    private readonly keys = new Map<string, { publicKey: string; privateKey: string }>();

    constructor(port: number, count: number) {
        this.port = port;
        this.hosts = Array.from({ length: count }, (_, index) => `127.77.0.${index + 2}`);
        chmodSync(this.folder, 0o755);
        for (const name of ["client", ...this.hosts]) this.keys.set(name, this.newKey(name));
        const ffmpeg = this.place("ffmpeg");
        mkdirSync(ffmpeg, { recursive: true });
        copyFileSync(testTool("ffmpeg"), join(ffmpeg, "real"));
        chmodSync(join(ffmpeg, "real"), 0o755);
        // Says where it ran, as OpenSSH tells it: client, its port, server, its port.
        const marked = `#!/bin/sh\necho "\${SSH_CONNECTION:-here}" >> ${this.folder}/ran\nexec ${ffmpeg}/real "$@"\n`;
        writeFileSync(join(ffmpeg, "ffmpeg"), marked, { mode: 0o755 });
        writeFileSync(join(this.folder, "ran"), "", { mode: 0o666 });
        chmodSync(join(this.folder, "ran"), 0o666);
    }

    /** Folders of one pod; the cache and the programs of the image are the same in all. */
    places(pod: string): Places {
        const own = join(this.folder, pod);
        const shared = { cache: this.place("cache"), config: this.place("config"), ffmpeg: this.place("ffmpeg") };
        const places = { ...PLACES, ...shared, tools: `${own}/tools`, files: `${own}/files` };
        return { ...places, state: `${own}/state`, keys: this.place("keys") };
    }

    /** @returns why not, where the internet or the file of rffmpeg cannot be had. */
    install(): string | undefined {
        const source = this.rffmpegFile();
        if (source === undefined) return `needs ${rffmpeg.url}`;
        for (const name of ["cache", "config", "keys"]) mkdirSync(this.place(name), { mode: 0o777 });
        for (const name of ["cache", "config"]) chmodSync(this.place(name), 0o777);
        for (const name of this.keys.keys()) this.keyFile(name);
        const script = installTools(this.places("job"));
        const hash = createHash("sha256").update(script.replaceAll(this.folder, "")).digest("hex").slice(0, 16);
        const kept = join(labPaths(".").cache, "sources", `transcode-tools-${hash}.tar`);
        if (existsSync(kept)) execFileSync("tar", ["-C", this.place("cache"), "-xf", kept]);
        const { status, output } = this.run(script, {
            ...scriptEnv,
            RFFMPEG_URL: `file://${source}`,
            WORK: this.work(),
        });
        if (status !== 0) return `needs Debian's packages: ${output}`;
        if (!existsSync(kept)) execFileSync("tar", ["-C", this.place("cache"), "-cf", kept, "tools"]);
        return undefined;
    }

    /** The same with another file in place of rffmpeg. */
    installWith(text: string): Ended {
        const file = join(this.folder, "other");
        writeFileSync(file, text);
        const env = { ...scriptEnv, TOOLS_ID: "other", RFFMPEG_URL: `file://${file}`, WORK: this.work() };
        return this.run(installTools(this.places("job")), env);
    }

    async startWorker(host: string, key = host): Promise<void> {
        const places = this.fill(host);
        const ready = this.run(prepareWorker(places), { ...scriptEnv, POD_NAME: key });
        if (ready.status !== 0) throw new Error(ready.output);
        const settings = `${places.files}/sshd_config`;
        writeFileSync(settings, `${readFileSync(settings, "utf8")}ListenAddress ${host}\n`);
        this.running.set(host, spawn("unshare", this.asUser(`exec ${places.files}/worker.sh`), { stdio: "pipe" }));
        for (let tries = 0; tries < 100; tries += 1) {
            if (await answers(host, this.port)) return;
            await sleep(50);
        }
        throw new Error(`${host} does not answer`);
    }

    stopWorker(host: string): void {
        const pid = this.running.get(host)?.pid;
        for (const one of pid === undefined ? [] : [pid, ...descendants(pid)]) process.kill(one, "SIGKILL");
        this.running.delete(host);
    }

    startServer(): Ended {
        return this.run(prepareServer(this.fill("server")), {
            ...scriptEnv,
            POD_NAME: "server",
            WAIT_SECONDS: "0",
            WORKERS: this.hosts.join(" "),
        });
    }

    /** What Jellyfin would start. */
    ffmpeg(...args: readonly string[]): Ended {
        return this.ffmpegIn("/", ...args);
    }

    /** The same, started in a folder. */
    ffmpegIn(folder: string, ...args: readonly string[]): Ended {
        const words = args.map((arg) => `'${arg.replaceAll("'", `'"'"'`)}'`).join(" ");
        return this.run(`cd ${folder} && exec ${this.places("server").files}/ffmpeg ${words}`, {});
    }

    /** The same, while something happens to a worker. */
    async ffmpegWhile(happens: () => void, ...args: readonly string[]): Promise<Ended> {
        const script = `exec ${this.places("server").files}/ffmpeg ${args.join(" ")}`;
        const child = spawn("unshare", this.asUser(script), { stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        for (const stream of [child.stdout, child.stderr])
            stream.on("data", (part: Buffer) => (output += part.toString()));
        // Asked whether it works, and given the work: before that, a worker that is gone would not be chosen.
        for (let tries = 0; tries < 400 && this.lines().length < 2; tries += 1) await sleep(50);
        const began = performance.now();
        happens();
        const status = await new Promise<number | null>((end) => child.on("close", end));
        return { status, output, seconds: (performance.now() - began) / 1000 };
    }

    /** All processes of a worker stand still, as when its machine hangs: connections stay, and nothing answers. */
    freezeWorker(host: string): void {
        const pid = this.running.get(host)?.pid ?? 0;
        for (const one of [pid, ...descendants(pid)]) process.kill(one, "SIGSTOP");
    }

    /** Where programs of the image ran since the last time it was asked: addresses of workers, or `here`. */
    ran(): string[] {
        const lines = this.lines();
        writeFileSync(join(this.folder, "ran"), "");
        return lines.map((line) => line.split(" ")[2] ?? line);
    }

    /** What Jellyfin's pod knows of its workers. */
    status(): Ended {
        return this.run(`exec ${this.places("server").files}/rffmpeg status`, {});
    }

    /** A command of the client's key at a worker, past rffmpeg. */
    ssh(host: string, ...words: readonly string[]): Ended {
        return this.run(`exec ${this.places("server").files}/ssh ${words.join(" ")} jellyfin@${host} id -un`, {});
    }

    close(): void {
        for (const host of [...this.running.keys()]) this.stopWorker(host);
        removeFolder(this.folder);
    }

    private lines(): string[] {
        return readFileSync(join(this.folder, "ran"), "utf8").split("\n").filter(Boolean);
    }

    private place(name: string): string {
        return join(this.folder, name);
    }

    private work(): string {
        const folder = join(this.folder, `work-${randomUUID()}`);
        mkdirSync(folder);
        chmodSync(folder, 0o777);
        return folder;
    }

    /** The ConfigMap and the empty folders of a pod. */
    private fill(pod: string): Places {
        const places = this.places(pod);
        for (const folder of [places.files, places.state, places.tools]) {
            removeFolder(folder);
            mkdirSync(folder, { recursive: true });
            chmodSync(folder, 0o777);
        }
        const workers = this.hosts.map((host) => ({ host, key: this.keys.get(host)?.publicKey ?? "" }));
        const files = transcodeFiles(places, {
            port: this.port,
            workers,
            clientKey: this.keys.get("client")?.publicKey ?? "",
        });
        for (const [name, text] of Object.entries(files))
            writeFileSync(join(places.files, name), text, { mode: 0o555 });
        return places;
    }

    private newKey(name: string) {
        const file = join(this.folder, `key-${name}`);
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
        return { publicKey: readFileSync(`${file}.pub`, "utf8"), privateKey: readFileSync(file, "utf8") };
    }

    private keyFile(name: string): void {
        const file = join(this.place("keys"), name);
        writeFileSync(file, this.keys.get(name)?.privateKey ?? "", { mode: 0o444 });
    }

    private rffmpegFile(): string | undefined {
        const folder = join(labPaths(".").cache, "sources");
        mkdirSync(folder, { recursive: true });
        const kept = join(folder, `rffmpeg-${rffmpeg.commit}`);
        if (!existsSync(kept)) {
            const fetched = spawnSync("curl", ["-fsSL", "--max-time", "10", "-o", kept, rffmpeg.url]);
            if (fetched.status !== 0) return undefined;
        }
        const own = join(this.folder, "fetched");
        copyFileSync(kept, own);
        chmodSync(own, 0o644);
        return own;
    }

    private run(script: string, env: Readonly<Record<string, string>>): Ended {
        const began = performance.now();
        const { status, stdout, stderr } = spawnSync("unshare", this.asUser(script), {
            encoding: "utf8",
            env: { PATH: process.env["PATH"], http_proxy: process.env["http_proxy"], ...env },
            timeout: 120_000,
        });
        return { status, output: stdout + stderr, seconds: (performance.now() - began) / 1000 };
    }

    /** As in a pod: the user and the list of users that it has there. */
    private asUser(script: string): string[] {
        const users = join(this.folder, "passwd");
        if (!existsSync(users))
            writeFileSync(users, transcodeFiles(PLACES, { port: 0, workers: [], clientKey: "" }).users);
        const become = `exec setpriv --reuid ${USER} --regid ${USER} --clear-groups --no-new-privs /bin/sh -c "$1"`;
        return ["--mount", "/bin/sh", "-c", `mount --bind ${users} /etc/passwd && ${become}`, "sh", script];
    }
}

/** Processes that a process started, and those that these started; a worker's sessions are its children. */
function descendants(pid: number): number[] {
    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", `${pid}`], { encoding: "utf8" });
    const children = stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [Number(line)]));
    return children.flatMap((child) => [child, ...descendants(child)]);
}

function answers(host: string, port: number): Promise<boolean> {
    return new Promise((tell) => {
        const socket = connect({ host, port }, () => {
            socket.destroy();
            tell(true);
        });
        socket.on("error", () => tell(false));
    });
}
