import assert from "node:assert/strict";
import { KubeUnreachableError } from "../../../lab/kube/client";
import { standIn, type StandIn } from "./stand-in";

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
