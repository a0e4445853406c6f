import { createSocket } from "node:dgram";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { KeyPair } from "../../lab/pki/certificate";

/** A resolver that answers every question, and remembers it. */
export interface DnsServer {
    readonly port: number;
    /** Names that it was asked for, lower case, without the dot at their end, in the order of the questions. */
    readonly asked: string[];
    /** Names of a server that clients asked for when they said hello (TLS only). */
    readonly greeted: string[];
    close(): Promise<void>;
}

/** IPv4 address for a name; nothing: there is no such name. */
export type Knows = (name: string) => string | undefined;

/** Answers plainly, over UDP. */
export async function plainDnsServer(address: string, knows: Knows, port = 0): Promise<DnsServer> {
    const socket = createSocket("udp4");
    const asked: string[] = [];
    socket.on("message", (query, from) => socket.send(answer(query, knows, asked), from.port, from.address));
    await new Promise<void>((done) => socket.bind(port, address, done));
    const close = () => new Promise<void>((done) => socket.close(done));
    return { port: socket.address().port, asked, greeted: [], close };
}

/** Answers DNS over TLS (RFC 7858): messages with their length before them. */
export async function tlsDnsServer(address: string, pair: KeyPair, knows: Knows): Promise<DnsServer> {
    const asked: string[] = [];
    const greeted: string[] = [];
    const open = new Set<Socket>();
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket: TLSSocket) => {
        greeted.push(String(socket.servername));
        let waiting = Buffer.alloc(0);
        socket.on("error", () => socket.destroy());
        socket.on("data", (chunk: Buffer) => {
            waiting = Buffer.concat([waiting, chunk]);
            while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
                const end = 2 + waiting.readUInt16BE(0);
                const reply = answer(waiting.subarray(2, end), knows, asked);
                const length = Buffer.alloc(2);
                length.writeUInt16BE(reply.length);
                socket.write(Buffer.concat([length, reply]));
                waiting = waiting.subarray(end);
            }
        });
    });
    server.on("connection", (socket: Socket) => open.add(socket));
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((done) => server.listen(0, address, done));
    const close = () =>
        new Promise<void>((done) => {
            server.close(() => done());
            for (const socket of open) socket.destroy();
        });
    return { port: (server.address() as AddressInfo).port, asked, greeted, close };
}

const TYPE_A = 1;
const TYPE_PTR = 12;
const NAME_ERROR = 3;

/** An answer to one question (RFC 1035, section 4.1). A pointer's name is `host.` and the name of the zone. */
function answer(query: Buffer, knows: Knows, asked: string[]): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
        labels.push(query.subarray(at + 1, at + 1 + length).toString("latin1"));
        at += 1 + length;
    }
    const questionEnd = at + 5;
    const name = labels.join(".").toLowerCase();
    const type = query.readUInt16BE(at + 1);
    // The health check of a forwarder asks for the root.
    if (name !== "") asked.push(name);
    const address = knows(name);
    const data = address === undefined ? undefined : recordData(type, address);
    const head = Buffer.from(query.subarray(0, questionEnd));
    head.writeUInt16BE(0x8180 | (address === undefined && name !== "" ? NAME_ERROR : 0), 2);
    head.writeUInt16BE(data === undefined ? 0 : 1, 6);
    head.writeUInt32BE(0, 8);
    if (data === undefined) return head;
    // A pointer to the name in the question, its type, class IN, 60 s.
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
    return Buffer.concat([head, record, data]);
}

function recordData(type: number, address: string): Buffer | undefined {
    if (type === TYPE_A) return Buffer.from(address.split(".").map(Number));
    return type === TYPE_PTR ? Buffer.from("\x03nas\x04home\x04arpa\x00", "latin1") : undefined;
}
