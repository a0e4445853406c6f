import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import { createAuthority, issueCertificate } from "../../../lab/pki/certificate";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../support/free-ports";
import { arriveAt, Person } from "./person";
import type { Door } from "./visitor";

describe("a person who is logged in before a house", () => {
    let server: Server;
    let door: Door;
    let pod: string;
    /** Path that the pods have no answer to. */
    let broken: string;
    /** Tokens that the pod knows. */
    const known = new Set<string>();
    /** Devices that logged in. */
    const devices: string[] = [];

    before(async () => {
        const authority = await createAuthority("authority of the house");
        const request = { commonName: "house", dnsNames: ["jellyfin.dev.home.arpa"], usages: ["server"] } as const;
        const { certificate, key } = await issueCertificate(authority, request);
        const [port = 0] = await freePorts("127.0.0.1", 1);
        server = createServer({ cert: certificate, key }, ({ url = "", headers }, reply) => {
            const words = headers.authorization ?? "";
            const answer = (status: number, body?: unknown) =>
                reply
                    .writeHead(status, { "x-homelab-pod": pod, "set-cookie": `pod=${pod}; Path=/` })
                    .end(JSON.stringify(body));
            if (url === "/System/Ping") return answer(200);
            if (url === broken) return answer(503);
            if (url === "/Users/Me") return answer(known.has(/Token="(\w+)"/.exec(words)?.[1] ?? "") ? 200 : 401);
            const token = randomUUID().replaceAll("-", "");
            known.add(token);
            devices.push(/DeviceId="([^"]+)"/.exec(words)?.[1] ?? "");
            return answer(200, { AccessToken: token });
        });
        await once(server.listen(port, "127.0.0.1"), "listening");
        door = { address: "127.0.0.1", port, authority: authority.certificate };
    });
    after(() => server.close());

    let person: Person;
    beforeEach(async () => {
        [pod, broken] = ["jellyfin-1", ""];
        person = new Person(door, await arriveAt(door, pod), 10);
        await eventually("they are served", () => person.answers.length > 0);
    });
    afterEach(() => person.leave());

    it("logs in once at a pod that does not know them, on the device that they have", async () => {
        pod = "jellyfin-0";
        known.clear();
        await eventually("they are served there", () => person.pods.includes("jellyfin-0"));
        await person.leave();
        assert.equal(person.logins, 1);
        assert.deepEqual(person.bad, []);
        assert.deepEqual(person.pods, ["jellyfin-1", "jellyfin-0"]);
        assert.deepEqual(devices.at(-1), devices.at(-2));
    });

    it("does not log in at another pod that knows them", async () => {
        pod = "jellyfin-0";
        await eventually("they are served there", () => person.pods.includes("jellyfin-0"));
        assert.equal(person.logins, 0);
    });

    for (const path of ["/Users/Me", "/Users/AuthenticateByName"])
        it(`has noticed each error of ${path}, and is served as before afterwards`, async () => {
            known.clear();
            broken = path;
            await eventually("they notice", () => person.bad.length >= 2);
            broken = "";
            await eventually("they are served again", () => person.answers.at(-1)?.status === 200);
            await person.leave();
            assert.deepEqual([...new Set(person.bad.map(({ status }) => status))], [503]);
            assert.ok(person.logins >= 1);
        });
});
