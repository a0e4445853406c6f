import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentAnswer, AgentRequest, AgentTask, Protocol, TryResult } from "./namespace-agent";
import { eventually } from "../../../support/eventually";

type Settle = { readonly done: (answer: AgentAnswer) => void; readonly fail: (error: Error) => void };

/** A node's own address on its side of every pod's link. */
const POD_GATEWAY = "10.42.255.1";

/** Waits for the first process that another one starts. @returns its id, as the host sees it. */
export function firstChild(parent: number | undefined): Promise<number> {
    return eventually(`process ${parent} has a child`, async () => {
        const first = Number.parseInt(await readFile(`/proc/${parent}/task/${parent}/children`, "utf8"), 10);
        return Number.isNaN(first) ? undefined : first;
    });
}

/**
 * A network, process and mount namespace without a name, held by one process that answers the test. It ends with the
 * test, whatever happens to that, and everything that runs in it ends with it.
 */
export class NetworkNamespace {
    private readonly waiting = new Map<number, Settle>();
    private nextId = 1;

    private constructor(
        private readonly holder: ChildProcess,
        /** Id of its first process, as the host sees it. */
        readonly pid: number,
    ) {
        holder.on("message", (answer: AgentAnswer) => {
            this.waiting.get(answer.id)?.done(answer);
            this.waiting.delete(answer.id);
        });
        holder.on("exit", () => {
            for (const { fail } of this.waiting.values()) fail(new Error("the namespace is gone"));
            this.waiting.clear();
        });
    }

    /** Its loopback interface is up and it forwards packets; there is nothing else in it. */
    static async create(): Promise<NetworkNamespace> {
        const agent = [process.execPath, "--import", "tsx", join(__dirname, "namespace-agent.ts")];
        const flags = ["--net", "--pid", "--mount", "--fork", "--mount-proc"];
        const holder = spawn("unshare", [...flags, ...agent], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
        const namespace = new NetworkNamespace(holder, await firstChild(holder.pid));
        await namespace.run("ip", ["link", "set", "lo", "up"]);
        await namespace.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
        return namespace;
    }

    /** Runs a program in this network, with the processes and files of the host. @returns its standard output. */
    async run(command: string, args: readonly string[]): Promise<string> {
        const child = spawn("nsenter", ["-t", `${this.pid}`, "-n", command, ...args]);
        const output: Buffer[] = [];
        const errors: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
        child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
        const [code] = (await once(child, "close")) as [number | null];
        if (code === 0) return Buffer.concat(output).toString();
        throw new Error(`${command} ${args.join(" ")}: exit code ${code}: ${Buffer.concat(errors).toString()}`);
    }

    /** Starts a program that runs as long as the namespace. @returns it; its output is a pipe. */
    start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
        const enter = ["-t", `${this.pid}`, "-n", "-p", "-m", "--wd=/", command, ...args];
        return spawn("nsenter", enter, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    }

    /** Makes a pod reachable as the `ptp` plugin does: one address, one neighbour, its node; nothing is bridged. */
    async attach(pod: NetworkNamespace, link: string, address: string): Promise<void> {
        await this.run("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", `${pod.pid}`]);
        await this.run("ip", ["addr", "add", `${POD_GATEWAY}/32`, "dev", link]);
        await this.run("ip", ["link", "set", link, "up"]);
        await this.run("ip", ["route", "add", `${address}/32`, "dev", link]);
        await pod.run("ip", ["addr", "add", `${address}/32`, "dev", "eth0"]);
        await pod.run("ip", ["link", "set", "eth0", "up"]);
        await pod.run("ip", ["route", "add", "default", "via", POD_GATEWAY, "dev", "eth0", "onlink"]);
    }

    async serve(port: number): Promise<void> {
        await this.ask({ kind: "serve", port });
    }

    async forward(address: string, port: number, socket: string): Promise<void> {
        await this.ask({ kind: "forward", address, port, socket });
    }

    async try(address: string, port: number, protocol: Protocol = "tcp"): Promise<TryResult> {
        const { result } = await this.ask({ kind: "try", protocol, address, port });
        if (!result) throw new Error(`no result of the try of ${address}:${port}`);
        return result;
    }

    async stop(): Promise<void> {
        if (this.holder.exitCode !== null || this.holder.signalCode !== null) return;
        const gone = once(this.holder, "exit");
        this.holder.disconnect();
        await gone;
    }

    private async ask(task: AgentTask): Promise<AgentAnswer> {
        const id = this.nextId++;
        const answer = await new Promise<AgentAnswer>((done, fail) => {
            this.waiting.set(id, { done, fail });
            this.holder.send({ id, task } satisfies AgentRequest);
        });
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer;
    }
}
