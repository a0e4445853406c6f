import { createServer as createTcpServer, connect as connectTcp, type Socket } from "node:net";
import { createSocket } from "node:dgram";

/** What a namespace's agent is asked to do. */
export type AgentTask =
    /** Serves TCP and UDP on a port of all addresses; each client is told the address it was seen with. */
    | { readonly kind: "serve"; readonly port: number }
    /** Takes TCP connections on an address of the namespace to a unix socket of the file system. */
    | { readonly kind: "forward"; readonly address: string; readonly port: number; readonly socket: string }
    | { readonly kind: "try"; readonly protocol: Protocol; readonly address: string; readonly port: number };

export type Protocol = "tcp" | "udp";

/** How a try ended: `refused` is an answer, `silent` is none. */
export interface TryResult {
    readonly outcome: "open" | "refused" | "silent";
    /** The client's address, as the server saw it; empty unless open. */
    readonly seenAs: string;
    readonly tookMs: number;
}

export interface AgentRequest {
    readonly id: number;
    readonly task: AgentTask;
}

export interface AgentAnswer {
    readonly id: number;
    /** Only of `try`. */
    readonly result?: TryResult;
    readonly error?: string;
}

/** Longer than any answer takes here, and shorter than what TCP needs to send a lost packet three times. */
const SILENCE_MS = 1_500;

function serve(port: number): Promise<void> {
    const udp = createSocket("udp4");
    udp.on("message", (_, from) => udp.send(from.address, from.port, from.address));
    const tcp = createTcpServer((socket) => {
        socket.on("error", () => socket.destroy());
        socket.end((socket.remoteAddress ?? "").replace("::ffff:", ""));
    });
    return new Promise((done, fail) => {
        tcp.once("error", fail);
        udp.once("error", fail);
        udp.bind(port, () => tcp.listen(port, "0.0.0.0", done));
    });
}

function forward(address: string, port: number, path: string): Promise<void> {
    const server = createTcpServer((near) => {
        const far = connectTcp(path);
        const close = () => {
            near.destroy();
            far.destroy();
        };
        for (const end of [near, far]) end.on("error", close).on("close", close);
        near.pipe(far).pipe(near);
    });
    return new Promise((done, fail) => {
        server.once("error", fail);
        server.listen(port, address, done);
    });
}

function tryTcp(address: string, port: number): Promise<Omit<TryResult, "tookMs">> {
    return new Promise((done) => {
        let seenAs = "";
        const socket: Socket = connectTcp({ host: address, port, timeout: SILENCE_MS });
        const end = (outcome: TryResult["outcome"]) => {
            socket.destroy();
            done({ outcome, seenAs });
        };
        socket.on("data", (chunk: Buffer) => (seenAs += chunk.toString()));
        socket.on("end", () => end("open"));
        socket.on("timeout", () => end("silent"));
        socket.on("error", () => end("refused"));
    });
}

function tryUdp(address: string, port: number): Promise<Omit<TryResult, "tookMs">> {
    return new Promise((done) => {
        const socket = createSocket("udp4");
        const end = (outcome: TryResult["outcome"], seenAs = "") => {
            clearTimeout(patience);
            socket.close();
            done({ outcome, seenAs });
        };
        const patience = setTimeout(() => end("silent"), SILENCE_MS);
        socket.on("message", (text) => end("open", text.toString()));
        // Linux tells only connected sockets of an ICMP answer.
        socket.on("error", () => end("refused"));
        socket.connect(port, address, () => socket.send("?"));
    });
}

async function perform(task: AgentTask): Promise<TryResult | undefined> {
    switch (task.kind) {
        case "serve":
            await serve(task.port);
            return undefined;
        case "forward":
            await forward(task.address, task.port, task.socket);
            return undefined;
        case "try": {
            const from = performance.now();
            const result = await (task.protocol === "tcp" ? tryTcp : tryUdp)(task.address, task.port);
            return { ...result, tookMs: performance.now() - from };
        }
    }
}

process.on("message", ({ id, task }: AgentRequest) => {
    const answer = (rest: Omit<AgentAnswer, "id">) => process.send?.({ id, ...rest } satisfies AgentAnswer);
    perform(task).then(
        (result) => answer(result ? { result } : {}),
        (error: unknown) => answer({ error: String(error) }),
    );
});
// The namespace lives as long as this process, and this process no longer than the test.
process.on("disconnect", () => process.exit());
