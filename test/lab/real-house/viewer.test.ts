import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { createAuthority, issueCertificate } from "../../../lab/pki/certificate";
import { pause } from "../../../lab/pause";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../support/free-ports";
import { Viewer } from "./viewer";
import type { Door } from "./visitor";

const HUNG_MS = 600;

describe("a viewer whom the tests put before a house", () => {
    let server: Server;
    let door: Door;
    let serves = true;

    before(async () => {
        const authority = await createAuthority("authority of the house");
        const request = { commonName: "house", dnsNames: ["jellyfin.dev.home.arpa"], usages: ["server"] } as const;
        const { certificate, key } = await issueCertificate(authority, request);
        const [port = 0] = await freePorts("127.0.0.1", 1);
        server = createServer({ cert: certificate, key }, (_, reply) => {
            reply.writeHead(serves ? 200 : 503, { "x-homelab-pod": "jellyfin-0" }).end();
        });
        await once(server.listen(port, "127.0.0.1"), "listening");
        door = { address: "127.0.0.1", port, authority: authority.certificate };
    });
    after(() => server.close());

    let viewer: Viewer;
    beforeEach(() => {
        viewer = new Viewer(door, "", "/Videos/film", "", { everyMs: 10 });
    });
    afterEach(() => viewer.leave());

    it("has waited for the piece that took longest where each came", async () => {
        await eventually("some have come", () => viewer.pieces.length >= 5);
        await viewer.leave();
        const waits = viewer.pieces.map(({ waitMs }) => waitMs);
        assert.equal(viewer.longestWaitMs, Math.round(Math.max(...waits)));
    });

    it("has waited until the end where the film stopped for ever", async () => {
        await eventually("some have come", () => viewer.pieces.length >= 2);
        serves = false;
        await pause(2 * HUNG_MS);
        await viewer.leave();
        const waitedMs = viewer.longestWaitMs;
        assert.ok(waitedMs >= HUNG_MS, `${waitedMs} ms`);
        await pause(50);
        assert.equal(viewer.longestWaitMs, waitedMs, "who has left waits no longer");
    });
});
