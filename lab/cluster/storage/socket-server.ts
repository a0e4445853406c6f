import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { loadSync, type AnyDefinition } from "@grpc/proto-loader";

/** Longest path of a unix socket on Linux, bytes. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Paths of the protocol files of the modules that the lab builds kubelet from. */
export interface KubeletProtoFiles {
    /** `csi.proto` of `github.com/container-storage-interface/spec`. */
    readonly csi: string;
    /** `pkg/apis/pluginregistration/v1/api.proto` of `k8s.io/kubelet`. */
    readonly pluginRegistration: string;
    /** `pkg/apis/deviceplugin/v1beta1/api.proto` of `k8s.io/kubelet`. */
    readonly devicePlugin: string;
}

/** The wire format of one service, by the names of the protocol file. @throws Error where the file has no such service. */
export function serviceOf(protoFile: string, name: string): ServiceDefinition {
    let loaded = files.get(protoFile);
    if (!loaded) {
        loaded = loadSync(protoFile, { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true });
        files.set(protoFile, loaded);
    }
    const found = loaded[name];
    if (!found || !isService(found)) throw new Error(`${protoFile}: it has no service ${name}`);
    return found;
}

const files = new Map<string, ReturnType<typeof loadSync>>();

function isService(definition: AnyDefinition): definition is Exclude<AnyDefinition, { format: string }> {
    return !("format" in definition);
}

export interface Served {
    readonly service: ServiceDefinition;
    readonly implementation: UntypedServiceImplementation;
}

/** Services that answer on a unix socket. */
export interface SocketServer {
    /** Ends all calls; the socket is gone afterwards. */
    close(): void;
}

/**
 * Serves on a unix socket; a file that is there is replaced.
 * @throws Error where the path is too long or its folder cannot be made.
 */
export async function serveOnSocket(path: string, services: readonly Served[]): Promise<SocketServer> {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES)
        throw new Error(`${path}: this socket's path is too long (at most ${MAX_SOCKET_PATH_BYTES} bytes)`);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    const server = new Server();
    for (const { service, implementation } of services) server.addService(service, implementation);
    await new Promise<void>((done, fail) =>
        server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => (error ? fail(error) : done())),
    );
    return {
        close: () => {
            server.forceShutdown();
            rmSync(path, { force: true });
        },
    };
}
