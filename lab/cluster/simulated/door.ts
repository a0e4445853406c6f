import { connect, createServer } from "node:net";

interface Endpoint {
    readonly address: string;
    readonly port: number;
}

/**
 * Takes connections at one loopback address and hands them on to another.
 * @returns how it is closed, with all connections through it: the other end is a machine without power then.
 * @throws Error when somebody else listens there
 */
export async function openDoor(outside: Endpoint, inside: Endpoint): Promise<() => Promise<void>> {
    const open = new Set<{ destroy(): void }>();
    const server = createServer((near) => {
        const far = connect({ host: inside.address, port: inside.port });
        for (const socket of [near, far]) {
            open.add(socket);
            socket.on("close", () => open.delete(socket));
            socket.on("error", () => undefined);
            socket.setNoDelay(true);
        }
        near.on("close", () => far.destroy());
        far.on("close", () => near.destroy());
        near.pipe(far).pipe(near);
    });
    await new Promise<void>((done, fail) => {
        server.once("error", fail);
        server.listen({ host: outside.address, port: outside.port, exclusive: true }, done);
    });
    return () =>
        new Promise((done) => {
            server.close(() => done());
            for (const socket of open) socket.destroy();
        });
}
