import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { answer, GROUP, matching, notice, parseSearch, PORT, targets, type MediaServer, type Search } from "./message";

/** Answers for so many searches a second; more is somebody who wants to use them against others. */
const MOST_A_SECOND = 20;

/** Speaks SSDP at one address of the node, for a server that multicast does not reach. */
export class Relay {
    private server: MediaServer | undefined;
    private answered = { second: 0, count: 0 };

    private constructor(
        private readonly listener: Socket,
        private readonly sender: Socket,
    ) {
        listener.on("message", (data, from) => void this.search(data.toString("latin1"), from));
    }

    /** @param address of the interface that it listens on; the others hear and see nothing of it. */
    static async open(address: string): Promise<Relay> {
        const listener = createSocket({ type: "udp4", reuseAddr: true });
        const sender = createSocket("udp4");
        // Bound to the group: what is sent to the node itself at this port is not for us.
        await bound(listener, PORT, GROUP);
        listener.addMembership(GROUP, address);
        await bound(sender, 0, address);
        sender.setMulticastInterface(address);
        sender.setMulticastTTL(2);
        return new Relay(listener, sender);
    }

    /** Says that the server is there, each name twice, because UDP loses some; or, with `undefined`, that it went. */
    async announce(server: MediaServer | undefined): Promise<void> {
        const before = this.server;
        this.server = server;
        if (before !== undefined && before.location !== server?.location) await this.notify("byebye", before);
        if (server !== undefined) await this.notify("alive", server);
    }

    async close(): Promise<void> {
        await this.announce(undefined);
        this.listener.close();
        this.sender.close();
    }

    private async notify(kind: "alive" | "byebye", server: MediaServer): Promise<void> {
        for (const round of [0, 1]) {
            if (round > 0) await sleep(100);
            for (const target of targets(server)) await this.send(notice(kind, target, server), PORT, GROUP);
        }
    }

    private async search(text: string, from: RemoteInfo): Promise<void> {
        const search = parseSearch(text);
        if (search === undefined || this.server === undefined || this.isTooOften()) return;
        await sleep(Math.random() * search.spreadSeconds * 1000);
        await this.tell(search, from);
    }

    /** By now the server may have gone. */
    private async tell(search: Search, { port, address }: RemoteInfo): Promise<void> {
        const { server } = this;
        if (server === undefined) return;
        for (const target of matching(search, server)) await this.send(answer(target, server), port, address);
    }

    private isTooOften(): boolean {
        const second = Math.floor(Date.now() / 1000);
        this.answered = { second, count: this.answered.second === second ? this.answered.count + 1 : 1 };
        return this.answered.count > MOST_A_SECOND;
    }

    private send(text: string, port: number, address: string): Promise<void> {
        return new Promise((done) => {
            this.sender.send(text, port, address, (error) => {
                if (error !== null) console.error(`${address}:${port}: ${error.message}`);
                done();
            });
        });
    }
}

function bound(socket: Socket, port: number, address: string): Promise<void> {
    return new Promise((done, fail) => {
        socket.once("error", fail);
        socket.bind({ port, address }, done);
    });
}
