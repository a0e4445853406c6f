import { createServer, type Server } from "node:net";

/** Ports of a loopback address on which nothing listens, as the system picks them. */
export async function freePorts(address: string, count: number): Promise<number[]> {
    const servers = await Promise.all(Array.from({ length: count }, () => listening(address)));
    const ports = servers.map((server) => {
        const bound = server.address();
        return typeof bound === "object" && bound !== null ? bound.port : 0;
    });
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    return ports;
}

function listening(address: string): Promise<Server> {
    return new Promise((done, fail) => {
        const server = createServer();
        server.once("error", fail);
        server.listen(0, address, () => done(server));
    });
}
