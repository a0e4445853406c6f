import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { connect, createServer, Server, type Socket } from "node:net";
import { join } from "node:path";
import type { LabPaths } from "../../paths";
import { isRecord } from "../../plain-values";
import { pause } from "../../pause";
import { lastLines } from "../../process/log-tail";
import type { Endpoint } from "./addresses";
import type { Lan } from "./lan";
import { proxyOn } from "./uplink";

const ANSWER_BUDGET_MS = 10_000;

/** Takes connections on addresses of the host and hands them on to the lab's own network. */
export class Gateway {
    private readonly exposed = new Set<string>();
    /** They listen on the network, and are served here. */
    private readonly inner: Server[] = [];
    private readonly serve = new Map<string, (server: Server) => void>();
    private readonly answers = new Map<string, () => void>();

    private constructor(
        private readonly child: ChildProcess,
        private readonly logFile: string,
    ) {
        child.on("message", (message: unknown, handle: unknown) => {
            if (!isRecord(message) || typeof message["key"] !== "string") return;
            if (handle instanceof Server) {
                this.inner.push(handle);
                this.serve.get(message["key"])?.(handle);
            }
            this.answers.get(message["key"])?.();
        });
    }

    static open(paths: LabPaths, lan: Lan): Gateway {
        const script = join(paths.checkout, "lab", "cluster", "real", "gateway-process.mts");
        const { command, args } = lan.enterNetwork(process.execPath, [script]);
        const logFile = join(paths.logs, "gateway.log");
        const log = openSync(logFile, "a");
        const child = spawn(command, [...args], { stdio: ["ignore", log, log, "ipc"] });
        closeSync(log);
        return new Gateway(child, logFile);
    }

    /** @throws Error when somebody else listens there */
    async expose(host: Endpoint, inside: Endpoint): Promise<void> {
        const key = keyOf(host);
        if (this.exposed.has(key)) return;
        // Who comes before the other process listens has been taken here already, and is handed on as well.
        const server = createServer({ pauseOnConnect: true }, (client) =>
            this.child.send({ kind: "connection", key, ...inside }, client, () => undefined),
        );
        await new Promise<void>((done, fail) => {
            server.once("error", fail);
            server.listen({ host: host.address, port: host.port, exclusive: true }, done);
        });
        this.exposed.add(key);
        await this.order({ kind: "expose", key, ...inside }, server);
        // The other process has it now; both would take connections.
        server.close();
    }

    async withdraw(host: Endpoint): Promise<void> {
        const key = keyOf(host);
        if (this.exposed.delete(key)) await this.order({ kind: "withdraw", key });
    }

    /** Lets programs on the network ask the host for connections to the outside: an HTTP proxy for TLS, nothing else. */
    uplink(inside: Endpoint): Promise<void> {
        return this.listen(inside, proxyOn);
    }

    /** Lets programs on the network reach a server of the host, at an address that the network has. */
    invite(inside: Endpoint, host: Endpoint): Promise<void> {
        return this.listen(inside, (server) => {
            server.on("connection", (client: Socket) => handOn(client, host));
        });
    }

    close(): void {
        for (const server of this.inner) server.close();
        this.child.kill("SIGKILL");
    }

    private listen(inside: Endpoint, serve: (server: Server) => void): Promise<void> {
        const key = keyOf(inside);
        this.serve.set(key, serve);
        return this.order({ kind: "listen", key, ...inside });
    }

    private async order(
        message: { kind: string; key: string },
        handle?: ReturnType<typeof createServer>,
    ): Promise<void> {
        const answered = new Promise<boolean>((done) => this.answers.set(message.key, () => done(true)));
        if (this.child.connected) this.child.send(message, handle, () => undefined);
        const isDone = await Promise.race([answered, pause(ANSWER_BUDGET_MS)]);
        this.answers.delete(message.key);
        if (isDone !== true)
            throw new Error(`the gateway does not answer: ${lastLines(this.logFile, 3).join("; ") || "it is gone"}`);
    }
}

function keyOf({ address, port }: Endpoint): string {
    return `${address}:${port}`;
}

/** What comes in goes to a server of the host, and back. */
function handOn(client: Socket, { address, port }: Endpoint): void {
    const target = connect({ host: address, port });
    for (const socket of [client, target])
        socket.setNoDelay(true).once("error", () => {
            client.destroy();
            target.destroy();
        });
    client.pipe(target).pipe(client);
}
