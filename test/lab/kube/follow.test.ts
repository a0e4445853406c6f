import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { KubeClient, type KubeObject } from "../../../lab/kube/client";
import { follow } from "../../../lab/kube/follow";
import { pause } from "../../../lab/pause";
import { createAuthority, issueCertificate, type KeyPair } from "../../../lab/pki/certificate";
import { eventually } from "../../support/eventually";
import { kubeconfig, urlOf } from "./stand-in";

/** As much of an API server as a client of one collection needs, with a plug to pull. */
class Api {
    readonly names = new Set<string>();
    readonly watches = new Set<ServerResponse>();
    lists = 0;
    /** Answer to the next watch instead of a stream. */
    refuseWatch: { code: number; message: string } | undefined;
    private readonly sockets = new Set<Socket>();
    private constructor(readonly server: Server) {
        server.on("connection", (socket: Socket) => {
            this.sockets.add(socket);
            socket.on("close", () => this.sockets.delete(socket));
        });
        server.on("request", (request, response) => {
            const url = new URL(request.url ?? "", "https://x");
            response.setHeader("content-type", "application/json");
            if (!url.searchParams.has("watch")) {
                this.lists++;
                const items = [...this.names].map(thing);
                return response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items }));
            }
            if (this.refuseWatch) {
                const { code, message } = this.refuseWatch;
                this.refuseWatch = undefined;
                return response.end(`${JSON.stringify({ type: "ERROR", object: { code, message } })}\n`);
            }
            response.flushHeaders();
            this.watches.add(response);
            response.on("close", () => this.watches.delete(response));
        });
    }

    static async start(certificate: KeyPair): Promise<Api> {
        const server = createServer({ cert: certificate.certificate, key: certificate.key });
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        return new Api(server);
    }

    get url(): string {
        return urlOf(this.server);
    }

    tell(type: string, name: string): void {
        for (const watch of this.watches) watch.write(`${JSON.stringify({ type, object: thing(name) })}\n`);
    }

    pullThePlug(): void {
        for (const socket of this.sockets) socket.destroy();
    }

    async stop(): Promise<void> {
        this.pullThePlug();
        await new Promise((done) => this.server.close(done));
    }
}

function thing(name: string): KubeObject {
    return { metadata: { name, uid: `uid-${name}` } };
}

describe("following a collection", () => {
    let authority: KeyPair;
    let api: Api;
    let client: KubeClient;
    let stopped: AbortController;
    let seen: string[];
    let lines: string[];
    let following: Promise<void> | undefined;

    before(async () => {
        authority = await createAuthority("test");
    });
    beforeEach(async () => {
        api = await Api.start(
            await issueCertificate(authority, { commonName: "api", ipAddresses: ["127.0.0.1"], usages: ["server"] }),
        );
        client = KubeClient.fromKubeconfig(kubeconfig(api.url, authority.certificate));
        stopped = new AbortController();
        seen = [];
        lines = [];
    });
    afterEach(async () => {
        stopped.abort();
        await following;
        following = undefined;
        client.close();
        await api.stop();
    });

    function start(changed: (object: KubeObject) => void = () => undefined): void {
        following = follow({
            ...{ client, path: "/things", signal: stopped.signal, log: (line: string) => lines.push(line) },
            changed: (object) => {
                seen.push(`+${object.metadata.name ?? ""}`);
                changed(object);
            },
            deleted: (object) => void seen.push(`-${object.metadata.name ?? ""}`),
        });
    }

    it("tells of what is there, of each change, and of each deletion", async () => {
        api.names.add("a");
        start();
        await eventually("it watches", () => api.watches.size === 1);
        api.tell("ADDED", "b");
        api.tell("BOOKMARK", "nothing");
        api.tell("MODIFIED", "b");
        api.tell("DELETED", "a");
        await eventually("all is told", () => seen.length === 4);
        assert.deepEqual(seen, ["+a", "+b", "+b", "-a"]);
    });

    it("notices after a broken watch what was deleted meanwhile", async () => {
        api.names.add("a").add("b");
        start();
        await eventually("it watches", () => api.watches.size === 1);
        api.names.delete("a");
        api.pullThePlug();
        await eventually("the deletion is told", () => seen.includes("-a"));
        assert.deepEqual(seen, ["+a", "+b", "-a", "+b"]);
    });

    it("goes on where the server ends the watch in peace", async () => {
        start();
        await eventually("it watches", () => api.watches.size === 1);
        for (const watch of api.watches) watch.end();
        await eventually("it has listed anew and watches", () => api.lists === 2 && api.watches.size === 1);
        api.tell("ADDED", "late");
        await eventually("the change is told", () => seen.includes("+late"));
    });

    it("lists anew when its version is too old for a watch", async () => {
        api.refuseWatch = { code: 410, message: "too old resource version" };
        start();
        await eventually("it has listed anew and watches", () => api.lists === 2 && api.watches.size === 1);
        assert.deepEqual(lines, ["/things: too old resource version"]);
    });

    it("tells of an object again when what it was told of did not work", async () => {
        api.names.add("a");
        let tries = 0;
        start(() => {
            if (++tries === 1) throw new Error("conflict");
        });
        await eventually("it was tried again", () => tries === 2);
        assert.deepEqual(lines, ["/things: conflict"]);
    });

    it("ends when it is told to, in the middle of a watch", async () => {
        start();
        await eventually("it watches", () => api.watches.size === 1);
        stopped.abort();
        await following;
        await eventually("the watch has ended", () => api.watches.size === 0);
    });

    it("says once that the server is away, however long that is", async () => {
        const { url } = api;
        await api.stop();
        start();
        await eventually("it has said something", () => lines.length > 0);
        await pause(1_200);
        assert.equal(lines.length, 1);
        assert.ok(lines[0]?.includes(`the Kubernetes API server at ${url} does not answer`));
        api = await Api.start(authority);
    });
});
