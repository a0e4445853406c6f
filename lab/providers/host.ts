import { mkdir, rm } from "node:fs/promises";
import { type Server, type Socket, connect, createServer } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { labPaths } from "../paths";
import { reasonOf } from "../reason";
import { type Catalogue, catalogue as wholeCatalogue } from "./catalogue";
import { type ServedProvider, serveProvider } from "./kit/serve";

/** Longest path of a unix socket on Linux and macOS, bytes. */
const maxSocketPathBytes = 103;

/** The running host of all stand-in plugins. */
export interface ProviderHost {
    /** Number of plugin instances in use. */
    readonly instances: () => number;
    /** Closes every instance, then the socket. */
    close(): Promise<void>;
}

/**
 * Listens for shims: each sends one line saying which plugin it stands for, gets the port of a fresh instance, and by
 * closing its connection closes the instance.
 * @param socket path of the unix socket; a file that a dead host left is replaced, a living host is an error.
 */
export async function startProviderHost(socket: string, catalogue: Catalogue = wholeCatalogue): Promise<ProviderHost> {
    if (Buffer.byteLength(socket) > maxSocketPathBytes) {
        throw new Error(
            `${socket}: this socket's path is too long (at most ${maxSocketPathBytes} bytes); set LAB_DIR to a shorter path`,
        );
    }
    if (await answers(socket)) {
        throw new Error(`${socket}: another plugin host listens there; stop it first with \`make down\``);
    }
    await mkdir(dirname(socket), { recursive: true });
    await rm(socket, { force: true });
    const connections = new Map<Socket, Promise<ServedProvider | undefined>>();
    const server = createServer((connection) => {
        const instance = serveConnection(connection, catalogue);
        connections.set(connection, instance);
        connection.on("error", () => connection.destroy());
        connection.on("close", () => {
            connections.delete(connection);
            instance.then((served) => served?.close()).catch(report);
        });
    });
    await listen(server, socket);
    return {
        instances: () => connections.size,
        close: async () => {
            const instances = [...connections.values()];
            for (const connection of connections.keys()) {
                connection.destroy();
            }
            await new Promise<void>((resolve) => server.close(() => resolve()));
            await Promise.all(instances.map(async (instance) => (await instance)?.close()));
        },
    };
}

async function serveConnection(connection: Socket, catalogue: Catalogue): Promise<ServedProvider | undefined> {
    try {
        const { plugin, version } = await firstRequest(connection);
        const entry = catalogue[plugin];
        if (entry === undefined) {
            const known = Object.keys(catalogue).join(", ");
            throw new Error(`the lab has no stand-in for the plugin ${plugin}; it has ${known}`);
        }
        const served = await serveProvider(plugin, version, await entry.load());
        connection.write(`${JSON.stringify({ port: served.port })}\n`);
        return served;
    } catch (error) {
        connection.end(`${JSON.stringify({ error: reasonOf(error) })}\n`);
        return undefined;
    }
}

function firstRequest(connection: Socket): Promise<{ plugin: string; version: string }> {
    return new Promise((resolve, reject) => {
        const lines = createInterface({ input: connection });
        lines.once("line", (line) => {
            try {
                const { plugin, version } = JSON.parse(line) as { plugin: unknown; version: unknown };
                resolve({ plugin: String(plugin), version: String(version) });
            } catch (error) {
                reject(error instanceof Error ? error : new Error(String(error)));
            }
        });
        connection.once("close", () => reject(new Error("the connection closed before it named a plugin")));
    });
}

function listen(server: Server, socket: string): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(socket, () => resolve());
    });
}

function answers(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const probe = connect(socket);
        probe.once("connect", () => {
            probe.destroy();
            resolve(true);
        });
        probe.once("error", () => resolve(false));
    });
}

/** One plugin's mistake must not take the others with it: they share this process. */
function report(error: unknown): void {
    console.error(error instanceof Error ? error.stack : error);
}

async function main(): Promise<void> {
    process.on("unhandledRejection", report).on("uncaughtException", report);
    const host = await startProviderHost(labPaths(process.cwd()).providerSocket);
    console.log("plugin host: ready");
    const stop = (): void => {
        void host.close().then(() => process.exit(0));
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
}

if (require.main === module) {
    main().catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1);
    });
}
