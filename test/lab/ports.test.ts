import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { describeTaken, takenPorts } from "../../lab/ports";

describe("the ports of a lab", () => {
    let server: Server | undefined;
    const listenOn = (host: string) =>
        new Promise<number>((done, fail) => {
            const own = createServer().once("error", fail);
            own.listen(0, host, () => done((own.address() as AddressInfo).port));
            server = own;
        });
    afterEach(() => server?.close());

    for (const host of ["127.74.0.1", "0.0.0.0", "::"]) {
        it(`are taken by who listens on ${host}, and the owner is named`, async () => {
            const port = await listenOn(host);
            const [taken, ...others] = await takenPorts([{ address: "127.74.0.1", port, purpose: "etcd" }]);
            assert.deepEqual(others, []);
            assert.match(taken?.owner ?? "", new RegExp(`^process ${process.pid} \\(.+\\)$`));
        });
    }

    it("are free when nobody listens, and when somebody does on another address", async () => {
        const port = await listenOn("127.74.0.2");
        assert.deepEqual(await takenPorts([{ address: "127.74.0.1", port, purpose: "etcd" }]), []);
    });

    it("of the next slot are proposed", () => {
        const port = { address: "127.3.20.21", port: 6443, purpose: "Kubernetes API", owner: undefined };
        assert.equal(
            describeTaken(port),
            "127.3.20.21:6443: is taken (the lab's Kubernetes API listens there); stop it, or use other addresses: LAB_SLOT=4",
        );
        assert.match(describeTaken({ ...port, address: "127.255.20.21" }), /LAB_SLOT=0$/);
    });
});
