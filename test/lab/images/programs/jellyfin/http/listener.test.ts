import assert from "node:assert/strict";
import { Agent, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { Listener } from "../../../../../../lab/images/programs/jellyfin/http/listener";
import { text, type Reply } from "../../../../../../lab/images/programs/jellyfin/http/reply";
import { Log } from "../../../../../../lab/images/programs/jellyfin/log";
import { freePorts } from "../../../../../support/free-ports";

describe("the stand-in's port, when the server is to end", () => {
    let port = 0;
    let listener: Listener;
    const agent = new Agent({ keepAlive: true });

    beforeEach(async () => {
        [port = 0] = await freePorts("127.0.0.1", 1);
        listener = new Listener(port, "jellyfin-0", new Log());
    });
    afterEach(async () => {
        await listener.close();
        agent.destroy();
    });

    it("lets a running request finish and closes its connection, however long a client would keep it", async () => {
        let finish: (reply: Reply) => void = () => undefined;
        const asked = new Promise<void>((isAsked) => {
            void listener.open(() => {
                isAsked();
                return new Promise<Reply>((done) => (finish = done));
            });
        });
        const running = request({ port, agent }).end();
        await asked;
        const drained = listener.drain(5_000);
        finish(text(200, "whole"));
        await once(running, "response");
        assert.equal(await drained, true);
    });

    it("does not wait for a connection that asks nothing", async () => {
        await listener.open(() => text(200, "done"));
        const first = request({ port, agent }).end();
        const answer = await new Promise<IncomingMessage>((done) => first.once("response", done));
        answer.resume();
        await once(answer, "end");
        assert.equal(await listener.drain(5_000), true);
    });

    it("cuts what takes longer than its patience, and says so", async () => {
        const asked = new Promise<void>((isAsked) => {
            void listener.open(() => {
                isAsked();
                return new Promise<Reply>(() => undefined);
            });
        });
        const running = request({ port, agent }).end();
        const cut = once(running, "error");
        await asked;
        assert.equal(await listener.drain(100), false);
        assert.match(String(await cut), /socket hang up|ECONNRESET/);
    });
});
