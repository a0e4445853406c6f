import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { EngineLog } from "./engine-log";
import { isProgrammingError, toServiceError } from "./failure";
import type { CallContext, Provider } from "./provider";

export type Handler<Request, Response> = (
    call: ServerUnaryCall<Request, Response>,
    reply: sendUnaryData<Response>,
) => void;

/** The part of a request that says which resource it is about; calls about the plugin itself have none. */
interface About {
    getUrn?(): string | undefined;
    getType?(): string | undefined;
    serializeBinary(): Uint8Array;
}

/** What all calls of one engine-side provider share: the instance, the way to the engine, the cancel signal. */
export class Session {
    readonly log = new EngineLog();
    private readonly cancelled = new AbortController();

    constructor(readonly provider: Provider) {}

    cancel(): void {
        this.cancelled.abort(new Error("the engine cancelled the operation"));
    }

    async close(): Promise<void> {
        await this.provider.close?.();
        this.log.close();
    }

    secrets(type: string): readonly string[] {
        return this.provider.secretProperties?.(type) ?? [];
    }

    /** Gives a call its context and turns every exception into the engine's form. */
    handle<Request extends About, Response>(
        work: (request: Request, context: CallContext) => Promise<Response>,
    ): Handler<Request, Response> {
        return (call, reply) => {
            const gone = new AbortController();
            call.on("cancelled", () => gone.abort(new Error("the engine gave the call up")));
            const urn = call.request.getUrn?.() ?? "";
            const context: CallContext = {
                urn,
                signal: AbortSignal.any([gone.signal, this.cancelled.signal]),
                log: (severity, message, options) =>
                    this.log.write(urn, severity, message, options?.ephemeral ?? false),
            };
            const finish = async (): Promise<void> => {
                try {
                    const response = await work(call.request, context);
                    await this.log.flush();
                    reply(null, response);
                } catch (error) {
                    if (isProgrammingError(error)) {
                        console.error(error.stack);
                    }
                    await this.log.flush();
                    reply(toServiceError(error, this.secrets(call.request.getType?.() ?? "")));
                }
            };
            void finish();
        };
    }
}
