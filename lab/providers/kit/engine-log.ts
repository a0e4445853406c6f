import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "./provider";

const severities = {
    debug: LogSeverity.DEBUG,
    info: LogSeverity.INFO,
    warning: LogSeverity.WARNING,
    error: LogSeverity.ERROR,
} as const satisfies Record<Severity, LogSeverity>;

/** The engine's side of messages: lines shown at a resource. Silent until the engine has said where it listens. */
export class EngineLog {
    private client: EngineClient | undefined;
    private readonly pending = new Set<Promise<void>>();

    /** @param address `host:port` of the engine's own service. */
    attach(address: string): void {
        this.client?.close();
        this.client = new EngineClient(address, credentials.createInsecure());
    }

    write(urn: string, severity: Severity, message: string, ephemeral: boolean): void {
        const client = this.client;
        if (client === undefined) {
            return;
        }
        const request = new LogRequest();
        request.setUrn(urn).setSeverity(severities[severity]).setMessage(message).setEphemeral(ephemeral);
        // A message that the engine no longer takes is not worth failing an operation.
        const sent = new Promise<void>((resolve) => client.log(request, () => resolve()));
        this.pending.add(sent);
        void sent.then(() => this.pending.delete(sent));
    }

    /** Waits until the engine has taken all messages; one that arrives after its operation's end is not shown. */
    async flush(): Promise<void> {
        await Promise.all(this.pending);
    }

    close(): void {
        this.client?.close();
        this.client = undefined;
    }
}
