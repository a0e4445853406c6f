import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { eventually } from "../../../../support/eventually";
import { freePorts } from "../../../../support/free-ports";
import { removeFolder } from "../../../../support/scratch-folder";

const SERVER = resolve(__dirname, "../../../../../lab/images/programs/jellyfin/server.ts");
const ADDRESS = "127.0.0.1";

/** Folders and variables of the replicas of one house: the data is shared, the rest is each one's own. */
export class House {
    readonly folder = mkdtempSync(join(tmpdir(), "jellyfin-"));
    readonly library = join(this.folder, "data");
    readonly data = join(this.folder, "config");
    readonly servers: ServerProcess[] = [];

    constructor(
        readonly database: NodeJS.ProcessEnv,
        readonly ffmpeg: string,
    ) {
        mkdirSync(this.library);
    }

    /** A replica that is not started yet; on one machine each needs a port, and so a configuration, of its own. */
    async replica(podName: string, more: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
        const [port = 0] = await freePorts(ADDRESS, 1);
        const config = join(this.folder, podName, "config");
        mkdirSync(config, { recursive: true });
        writeFileSync(
            join(config, "network.xml"),
            `<NetworkConfiguration><InternalHttpPort>${port}</InternalHttpPort></NetworkConfiguration>\n`,
        );
        const server = new ServerProcess(port, join(this.folder, podName, "cache"), {
            PATH: process.env["PATH"],
            POD_NAME: podName,
            JELLYFIN_DATA_DIR: this.data,
            JELLYFIN_CONFIG_DIR: config,
            JELLYFIN_LOG_DIR: join(this.data, "log", podName),
            JELLYFIN_CACHE_DIR: join(this.folder, podName, "cache"),
            JELLYFIN_FFMPEG: this.ffmpeg,
            LAB_LIBRARY_DIR: this.library,
            ...this.database,
            ...more,
        });
        this.servers.push(server);
        return server;
    }

    /** A replica that answers. */
    async started(podName: string): Promise<ServerProcess> {
        const server = await this.replica(podName);
        await server.start();
        return server;
    }

    async remove(): Promise<void> {
        for (const server of this.servers) await server.kill();
        removeFolder(this.folder);
    }
}

export interface Asked {
    readonly method?: string;
    readonly token?: string;
    readonly device?: string;
    readonly body?: unknown;
}

/** One stand-in as a process of its own, with its encoders in its group: they end together, as in a container. */
export class ServerProcess {
    output = "";
    private process: ChildProcess | undefined;

    constructor(
        readonly port: number,
        readonly cache: string,
        private readonly env: NodeJS.ProcessEnv,
    ) {}

    get transcodes(): string {
        return join(this.cache, "transcodes");
    }

    get isRunning(): boolean {
        return this.process?.exitCode === null && this.process.signalCode === null;
    }

    get pid(): number | undefined {
        return this.process?.pid;
    }

    launch(): void {
        this.output = "";
        const child = spawn(process.execPath, ["--import", "tsx", SERVER], { env: this.env, detached: true });
        for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (text: Buffer) => (this.output += text.toString()));
        }
        this.process = child;
    }

    /** Launches it and waits until its readiness probe would pass. */
    async start(): Promise<void> {
        this.launch();
        await eventually("it is ready", async () => {
            if (!this.isRunning) throw new Error(this.output);
            return (await this.ask("/Branding/Configuration")).status === 200;
        });
    }

    signal(signal: NodeJS.Signals): void {
        this.process?.kill(signal);
    }

    /** The exit code, when it has ended. */
    async ended(): Promise<number | null> {
        if (this.process && this.isRunning) await once(this.process, "close");
        return this.process?.exitCode ?? null;
    }

    /** The container ends: all its processes at once. */
    async kill(): Promise<void> {
        if (this.process?.pid === undefined || !this.isRunning) return;
        process.kill(-this.process.pid, "SIGKILL");
        await this.ended();
    }

    get lastLine(): string {
        return this.output.trimEnd().split("\n").at(-1) ?? "";
    }

    ask(path: string, { method = "GET", token, device = "test", body }: Asked = {}): Promise<Response> {
        const words = [`Client="mocha"`, `Device="${device}"`, `DeviceId="${device}"`, `Version="1"`];
        if (token !== undefined) words.push(`Token="${token}"`);
        return fetch(`http://${ADDRESS}:${this.port}${path}`, {
            method,
            headers: { Authorization: `MediaBrowser ${words.join(", ")}`, "Content-Type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            redirect: "manual",
        });
    }

    async status(path: string, asked: Asked = {}): Promise<number> {
        const response = await this.ask(path, asked);
        await response.arrayBuffer();
        return response.status;
    }

    /** The first-run wizard, as `anna`. */
    async completeWizard(password: string): Promise<void> {
        await this.status("/Startup/User");
        await this.status("/Startup/User", { method: "POST", body: { Name: "anna", Password: password } });
        await this.status("/Startup/Complete", { method: "POST" });
    }

    /** @returns the access token. */
    async logIn(password: string, device = "test"): Promise<string> {
        const path = "/Users/AuthenticateByName";
        const response = await this.ask(path, { method: "POST", device, body: { Username: "anna", Pw: password } });
        if (response.status !== 200) throw new Error(`log in: ${response.status}`);
        const words: unknown = await response.json();
        if (typeof words !== "object" || words === null || !("AccessToken" in words)) throw new Error("no token");
        return String(words.AccessToken);
    }
}
