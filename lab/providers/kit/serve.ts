import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { providerService } from "./calls";
import type { ProviderFactory } from "./provider";
import { Session } from "./session";

/** Largest message in either direction, bytes: what the engine itself allows. */
const maxMessageBytes = 400 * 1024 * 1024;

export interface ServedProvider {
    /** TCP port on 127.0.0.1. */
    readonly port: number;
    /** Cancels what runs, closes the port, then the provider. May be called twice. */
    close(): Promise<void>;
}

/** Serves one instance of a plugin to one engine, on a free port of 127.0.0.1. */
export async function serveProvider(name: string, version: string, factory: ProviderFactory): Promise<ServedProvider> {
    const session = new Session(factory());
    const server = new Server({
        "grpc.max_receive_message_length": maxMessageBytes,
        "grpc.max_send_message_length": maxMessageBytes,
    });
    server.addService(ResourceProviderService, providerService(name, version, session));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
            error === null ? resolve(bound) : reject(error),
        );
    });
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
        session.cancel();
        server.forceShutdown();
        await session.close();
    };
    return { port, close: () => (closed ??= close()) };
}
