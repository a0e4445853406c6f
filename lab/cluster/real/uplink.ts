import { createServer } from "node:http";
import { connect, type Server, type Socket } from "node:net";
import { LAN, type Endpoint } from "./addresses";

/** Where containerd finds the way out, when it pulls the vendors' images. */
export const UPLINK: Endpoint = { address: LAN.address, port: 3128 };

/** Settings by which a program takes that way. */
export const uplinkEnvironment = { HTTPS_PROXY: `http://${UPLINK.address}:${UPLINK.port}` } as const;

/** Serves `CONNECT host:port` (RFC 9110, 9.3.6) to whoever comes in; anything else is refused. */
export function proxyOn(server: Server): void {
    const proxy = createServer((_request, response) => response.writeHead(405).end());
    proxy.on("connect", (request, client: Socket, head: Buffer) => {
        const { hostname, port } = new URL(`http://${request.url ?? ""}`);
        const target = connect({ host: hostname, port: Number(port || 443) }, () => {
            client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
            target.write(head);
            client.pipe(target).pipe(client);
        });
        for (const socket of [client, target])
            socket.once("error", () => {
                client.destroy();
                target.destroy();
            });
    });
    server.on("connection", (socket: Socket) => proxy.emit("connection", socket));
}
