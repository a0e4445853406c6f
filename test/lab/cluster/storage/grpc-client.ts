import { Client, credentials } from "@grpc/grpc-js";
import { serviceOf } from "../../../../lab/cluster/storage/socket-server";

/** Calls a service on a unix socket as kubelet does. @throws the service's refusal. */
export function caller(protoFile: string, service: string, socket: string) {
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    return {
        call(method: string, request: object = {}): Promise<unknown> {
            const definition = serviceOf(protoFile, service)[method];
            if (!definition) throw new Error(`${service} has no method ${method}`);
            const { path, requestSerialize, responseDeserialize } = definition;
            const deadline = Date.now() + 20_000;
            return new Promise<unknown>((done, fail) =>
                client.makeUnaryRequest<object, unknown>(
                    path,
                    requestSerialize,
                    responseDeserialize,
                    request,
                    { deadline },
                    (error, answer) => (error ? fail(error) : done(answer)),
                ),
            );
        },
        /** First message of a stream, and how to end it. */
        first(method: string): Promise<{ message: unknown; end: () => void }> {
            const definition = serviceOf(protoFile, service)[method];
            if (!definition) throw new Error(`${service} has no method ${method}`);
            const { path, requestSerialize, responseDeserialize } = definition;
            const stream = client.makeServerStreamRequest<object, unknown>(
                path,
                requestSerialize,
                responseDeserialize,
                {},
            );
            return new Promise((done, fail) => {
                stream.on("error", fail);
                stream.once("data", (message: unknown) => done({ message, end: () => stream.cancel() }));
            });
        },
        close: () => client.close(),
    };
}
