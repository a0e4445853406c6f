// Runs on the lab's own network. It is handed sockets that listen on the host, and forwards what comes in to an address
// of the network. A socket keeps the network in which it was made.
import { connect, createServer, Server, Socket } from "node:net";

interface Expose {
    readonly kind: "expose";
    readonly key: string;
    readonly address: string;
    readonly port: number;
}
/** One that came in before its socket was handed over. */
interface Connection extends Omit<Expose, "kind"> {
    readonly kind: "connection";
}
/** Listens on the network, for the process on the host to take what comes in. */
interface Listen {
    readonly kind: "listen";
    readonly key: string;
    readonly address: string;
    readonly port: number;
}
type Order = Expose | Connection | Listen | { readonly kind: "withdraw"; readonly key: string };

const servers = new Map<string, Server>();
const connections = new Map<string, Set<Socket>>();

function isOrder(message: unknown): message is Order {
    return typeof message === "object" && message !== null && "kind" in message && "key" in message;
}

function forward({ key, address, port }: Expose | Connection, client: Socket): void {
    const target = connect({ host: address, port });
    const open = connections.get(key) ?? new Set();
    connections.set(key, open);
    const both = [client, target];
    for (const socket of both) {
        open.add(socket);
        socket.setNoDelay(true);
        socket.once("error", () => {
            for (const each of both) each.destroy();
        });
        socket.once("close", () => {
            open.delete(socket);
            for (const each of both) each.destroySoon();
        });
    }
    client.pipe(target);
    target.pipe(client);
}

function listen({ key, address, port }: Listen): void {
    const server = createServer();
    server.listen({ host: address, port }, () => {
        process.send?.({ key }, server, {}, () => server.close());
    });
}

process.on("message", (message: unknown, handle: unknown) => {
    if (!isOrder(message)) return;
    if (message.kind === "listen") return listen(message);
    if (message.kind === "connection") {
        if (handle instanceof Socket) forward(message, handle);
        return;
    }
    if (message.kind === "expose" && handle instanceof Server) {
        servers.set(message.key, handle);
        handle.on("connection", (client: Socket) => forward(message, client));
    } else {
        servers.get(message.key)?.close();
        servers.delete(message.key);
        for (const socket of connections.get(message.key) ?? []) socket.destroy();
        connections.delete(message.key);
    }
    process.send?.({ key: message.key });
});
process.once("disconnect", () => process.exit(0));
