import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { look } from "../../../services/ssdp-relay/jellyfin";
import { GROUP, parseSearch, PORT, type MediaServer } from "../../../services/ssdp-relay/message";
import { Relay } from "../../../services/ssdp-relay/relay";
import { eventually } from "../../support/eventually";

const server: MediaServer = {
    udn: "uuid:01234567-89ab-cdef-0123-456789abcdef",
    location: "http://films.home.arpa/dlna/01234567-89ab-cdef-0123-456789abcdef/description.xml",
    maxAgeSeconds: 120,
};
const LOOPBACK = "127.0.0.1";

/** A television on the same network: it asks, and hears what is announced. */
class Television {
    readonly heard: string[] = [];
    readonly answers: string[] = [];
    private constructor(
        private readonly ear: Socket,
        private readonly mouth: Socket,
    ) {
        ear.on("message", (data) => this.heard.push(data.toString()));
        mouth.on("message", (data) => this.answers.push(data.toString()));
    }

    static async open(): Promise<Television> {
        const ear = createSocket({ type: "udp4", reuseAddr: true });
        const mouth = createSocket("udp4");
        await new Promise<void>((done) => ear.bind({ port: PORT, address: GROUP }, done));
        ear.addMembership(GROUP, LOOPBACK);
        await new Promise<void>((done) => mouth.bind({ port: 0, address: LOOPBACK }, done));
        mouth.setMulticastInterface(LOOPBACK);
        return new Television(ear, mouth);
    }

    /** Asks, waits for as many answers as are expected, and then a moment for more. */
    async ask(target: string, expected = 0): Promise<string[]> {
        this.answers.length = 0;
        const lines = [
            "M-SEARCH * HTTP/1.1",
            `HOST: ${GROUP}:${PORT}`,
            'MAN: "ssdp:discover"',
            "MX: 0",
            `ST: ${target}`,
        ];
        this.mouth.send(`${lines.join("\r\n")}\r\n\r\n`, PORT, GROUP);
        await eventually(`${expected} answers have come`, () => this.answers.length >= expected);
        await sleep(150);
        return this.answers;
    }

    close(): void {
        this.ear.close();
        this.mouth.close();
    }
}

describe("the relay of SSDP, on real sockets,", () => {
    let relay: Relay;
    let television: Television;
    before(async () => {
        television = await Television.open();
        relay = await Relay.open(LOOPBACK);
    });
    after(() => television.close());

    it("says nothing before there is something", async () => {
        assert.deepEqual(await television.ask("ssdp:all"), []);
    });

    it("announces each of its names twice", async () => {
        const alive = () => television.heard.filter((text) => text.includes("NTS: ssdp:alive"));
        await relay.announce(server);
        await eventually("ten are heard", () => alive().length >= 10);
        await sleep(100);
        assert.equal(alive().length, 10);
        assert.ok(alive().every((text) => text.includes(`LOCATION: ${server.location}\r\n`)));
    });

    it("answers who looks for a media server, with the place of its description", async () => {
        const [first, ...more] = await television.ask("urn:schemas-upnp-org:device:MediaServer:1", 1);
        assert.deepEqual(more, []);
        assert.match(first ?? "", /^HTTP\/1\.1 200 OK\r\n/);
        assert.match(first ?? "", /\r\nUSN: uuid:01234567-.*::urn:schemas-upnp-org:device:MediaServer:1\r\n/);
        assert.ok(first?.includes(`\r\nLOCATION: ${server.location}\r\n`));
    });

    it("answers who looks for everything with everything, and who looks for a printer with nothing", async () => {
        assert.equal((await television.ask("ssdp:all", 5)).length, 5);
        assert.equal((await television.ask("urn:schemas-upnp-org:device:Printer:1")).length, 0);
    });

    it("is no amplifier: of a flood it answers twenty searches a second", async () => {
        await sleep(1000);
        for (let count = 0; count < 200; count += 1) void television.ask(server.udn);
        await sleep(400);
        assert.ok(television.answers.length <= 40, `${television.answers.length}`);
        await sleep(1000);
    });

    it("takes leave", async () => {
        const byes = () => television.heard.filter((text) => text.includes("NTS: ssdp:byebye")).length;
        await relay.close();
        await eventually("ten are heard", () => byes() >= 10);
        await sleep(50);
        assert.equal(byes(), 10);
    });
});

describe("a search", () => {
    it("is one only with its method, its MAN and a target", () => {
        assert.equal(parseSearch("NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\n\r\n"), undefined);
        assert.equal(parseSearch("M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n"), undefined);
        const text = 'M-SEARCH * HTTP/1.1\r\nman:"ssdp:discover"\r\nmx: 120\r\nst: ssdp:all\r\n\r\n';
        assert.deepEqual(parseSearch(text), { target: "ssdp:all", spreadSeconds: 5 });
    });
});

describe("a look at Jellyfin", () => {
    let http: Server;
    let url: string;
    let pluginSays = 200;
    before(async () => {
        http = createServer((request, response) => {
            if (request.url === "/System/Info/Public") response.end('{"Id":"0123456789ABCDEF0123456789ABCDEF"}');
            else response.writeHead(request.url?.endsWith("description.xml") === true ? pluginSays : 404).end();
        });
        await new Promise<void>((done) => http.listen(0, LOOPBACK, done));
        const bound = http.address();
        url = `http://${LOOPBACK}:${typeof bound === "object" && bound !== null ? bound.port : 0}`;
    });
    after(() => http.close());

    it("finds the description where the plugin has it", async () => {
        assert.deepEqual(await look(url), {
            udn: server.udn,
            location: `${url}/dlna/01234567-89ab-cdef-0123-456789abcdef/description.xml`,
            maxAgeSeconds: 120,
        });
    });

    it("finds it where the plugin refuses a process of the node, which is not at home", async () => {
        for (const refusal of [401, 403]) {
            pluginSays = refusal;
            assert.equal((await look(url)).udn, server.udn);
        }
    });

    it("says so where there is no plugin", async () => {
        pluginSays = 404;
        await assert.rejects(look(url), /404; is the DLNA plugin installed and switched on\?/);
    });
});
