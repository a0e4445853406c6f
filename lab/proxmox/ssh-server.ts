import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:net";
import { Server, utils, type AuthContext, type Session } from "ssh2";
import { runOnHost, type ShellAnswer } from "./host-shell";
import { serveSftp } from "./host-sftp";
import type { Storages } from "./storage";

export interface SshServerOptions {
    readonly host: string;
    readonly address: string;
    /** 0 lets the system choose. */
    readonly port: number;
    /** Private key of the host, OpenSSH or PEM. */
    readonly hostKey: string;
    /** The only user is root, as the API's password and this key have it. */
    readonly password: string;
    readonly authorizedKey: string;
    readonly storages: Storages;
}

export interface SshServer {
    readonly port: number;
    close(): Promise<void>;
}

/** Serves root's shell and files of one host. @throws Error when the port is taken. */
export async function serveSsh(options: SshServerOptions): Promise<SshServer> {
    const connections = new Set<{ end(): unknown }>();
    const server = new Server({ hostKeys: [options.hostKey] }, (client) => {
        connections.add(client);
        client.on("close", () => connections.delete(client));
        // A client that goes away in the middle is no fault of ours.
        client.on("error", () => connections.delete(client));
        client.on("authentication", (context) => {
            if (permitted(options, context)) context.accept();
            else context.reject(["password", "publickey"]);
        });
        client.on("session", (accept) => serveSession(accept(), options));
    });
    // SSH talks in small packets; waiting to join them would cost 40 ms at every turn.
    const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
    await new Promise<void>((resolve, reject) => {
        listener.once("error", reject);
        listener.listen(options.port, options.address, resolve);
    });
    const address = listener.address();
    const port = typeof address === "object" && address ? address.port : options.port;
    return {
        port,
        close: () =>
            new Promise((resolve) => {
                connections.forEach((client) => client.end());
                listener.close(() => resolve());
            }),
    };
}

function permitted(options: SshServerOptions, context: AuthContext): boolean {
    if (context.username !== "root") return false;
    if (context.method === "password") return same(Buffer.from(context.password), Buffer.from(options.password));
    if (context.method !== "publickey") return false;
    const key = utils.parseKey(options.authorizedKey);
    if (key instanceof Error || key.type !== context.key.algo || !same(key.getPublicSSH(), context.key.data))
        return false;
    // Without a signature the client only asks whether the key would do.
    if (!context.signature || !context.blob) return true;
    // The library answers an Error, which is true enough, for a signature that it cannot read.
    const verdict: unknown = key.verify(context.blob, context.signature, context.hashAlgo);
    return verdict === true;
}

function serveSession(session: Session, { storages, host }: SshServerOptions): void {
    session.on("exec", (accept, _reject, { command }) => {
        const channel = accept();
        const finish = ({ exitCode, output, errors }: ShellAnswer) => {
            channel.write(output);
            channel.stderr.write(errors);
            channel.exit(exitCode);
            channel.end(() => channel.close());
        };
        const run = runOnHost(storages, host, command);
        if (!run.needsInput) {
            // Input that nobody reads would keep the channel open.
            channel.resume();
            return finish(run.answer);
        }
        const chunks: Buffer[] = [];
        channel.on("data", (chunk: Buffer) => chunks.push(chunk));
        channel.on("end", () => finish(run.answer(Buffer.concat(chunks))));
    });
    session.on("sftp", (accept) => serveSftp(accept(), storages, host));
}

function same(a: Buffer, b: Buffer): boolean {
    return a.length === b.length && timingSafeEqual(a, b);
}
