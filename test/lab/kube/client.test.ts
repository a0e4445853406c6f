import assert from "node:assert/strict";
import { KubeClient, KubeError, KubeUnreachableError } from "../../../lab/kube/client";
import { createAuthority } from "../../../lab/pki/certificate";
import { kubeconfig, standIn, type StandIn } from "./stand-in";

describe("the client of the API server", () => {
    let server: StandIn;
    const nowhere = JSON.stringify({
        ...{ kind: "Status", code: 404, reason: "NotFound", message: "things are elsewhere" },
        details: { causes: [{ field: "spec.x", message: "why" }] },
    });

    before(async () => {
        server = await standIn(({ url }, response) => {
            if (url !== "/silent") response.writeHead(404, { "content-type": "application/json" }).end(nowhere);
        });
    });
    after(() => server.stop());

    it("gives an answer that is no success in Kubernetes' own words", async () => {
        await assert.rejects(server.client.get("/nowhere"), (error) => {
            assert.ok(error instanceof KubeError);
            assert.deepEqual([error.status, error.reason, error.message], [404, "NotFound", "things are elsewhere"]);
            assert.deepEqual(error.causes, [{ field: "spec.x", message: "why" }]);
            return true;
        });
        assert.equal(await server.client.find("/nowhere"), undefined);
    });

    it("gives up on a server that says nothing", async () => {
        await assert.rejects(
            server.client.get("/silent", { timeoutMs: 50 }),
            (error) => error instanceof KubeUnreachableError && /no answer within 50 ms/.test(error.message),
        );
    });

    it("does not talk to a server of another authority", async () => {
        const other = await createAuthority("other");
        const stranger = KubeClient.fromKubeconfig(kubeconfig(server.client.server, other.certificate));
        await assert.rejects(stranger.get("/nowhere"), KubeUnreachableError);
        stranger.close();
    });

    it("names what is missing in a kubeconfig", () => {
        assert.throws(() => KubeClient.fromKubeconfig(""), /kubeconfig: context "" is not there/);
        assert.throws(() => KubeClient.fromKubeconfig(kubeconfig("https://x", ""), "other"), /context "other"/);
        const dangling = kubeconfig("https://x", "").replace('"cluster":"c"', '"cluster":"d"');
        assert.throws(() => KubeClient.fromKubeconfig(dangling), /cluster "d" is not there/);
    });
});

describe("a client of an API server, where a kept connection ends in the moment in which it is taken again", () => {
    let server: StandIn;
    /** The method of each request that reached the server. */
    const heard: string[] = [];
    /** How many of the next requests are answered by hanging up. */
    let hangUps = 0;

    before(async () => {
        server = await standIn(({ method = "", socket }, response) => {
            heard.push(method);
            if (hangUps > 0) {
                hangUps--;
                socket.end();
            } else response.setHeader("content-type", "application/json").end("{}");
        });
    });
    after(() => server.stop());
    beforeEach(async () => {
        hangUps = 0;
        // The connection is kept from here.
        await server.client.get("/first");
        heard.length = 0;
    });

    it("asks once more on a new one, and applies once more", async () => {
        hangUps = 1;
        await server.client.get("/things");
        assert.deepEqual(heard, ["GET", "GET"]);
        hangUps = 1;
        await server.client.apply("/things/a", {}, "test");
        assert.deepEqual(heard, ["GET", "GET", "PATCH", "PATCH"]);
    });

    it("does not do again what may have been done already", async () => {
        for (const method of ["POST", "DELETE"]) {
            await server.client.get("/first");
            hangUps = 1;
            await assert.rejects(server.client.request(method, "/things", { body: {} }), KubeUnreachableError);
        }
        assert.equal(heard.filter((method) => method !== "GET").join(), "POST,DELETE");
    });

    it("gives up where a new connection ends as well", async () => {
        hangUps = Infinity;
        await assert.rejects(server.client.get("/things"), KubeUnreachableError);
        assert.deepEqual(heard, ["GET", "GET"]);
    });
});
