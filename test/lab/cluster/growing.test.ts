import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { KubeClient } from "../../../lab/kube/client";
import { eventually } from "../../support/eventually";
import { openHouse, ready, said, type House, type HouseMachine } from "./house";

const CONFIG = "/etc/rancher/k3s/config.yaml";

const userData = z.looseObject({
    write_files: z.array(z.looseObject({ path: z.string(), content: z.string() })),
    runcmd: z.array(z.string()),
});

const settings = z.looseObject({ "tls-san": z.array(z.string()) });

/** The user-data of a first server as it was while it was the only one: no other to ask, and no address to share. */
function asTheOnlyOne(text: string, address: string): string {
    const { write_files: files, runcmd, ...rest } = userData.parse(parse(text));
    const changed = files
        .filter(({ path }) => !path.endsWith("/kube-vip.yaml"))
        .map((file) =>
            file.path === CONFIG
                ? { ...file, content: stringify({ ...settings.parse(parse(file.content)), "tls-san": [address] }) }
                : file,
        );
    const commands = runcmd.filter((line) => !line.includes("/cacerts"));
    assert.deepEqual([files.length - changed.length, runcmd.length - commands.length], [1, 1]);
    return `#cloud-config\n${stringify({ ...rest, write_files: changed, runcmd: commands })}`;
}

/** Each sentence builds on those above it. */
describe("a house that grows from one server to three", function () {
    this.timeout(120_000);
    let house: House;
    let first: HouseMachine;

    before(async () => {
        house = await openHouse();
        const { spec } = house.machine("k3s-server-1");
        const alone = asTheOnlyOne(spec.userData ?? "", spec.interfaces[0]?.address ?? "");
        first = house.machine("k3s-server-1", { userData: alone });
        await first.on();
        await said(first, /node k3s-server-1 registered/);
    });
    after(() => house.stop());

    it("has nobody at the address that is to be shared while the first server is alone", async () => {
        const own = await eventually("the first server's cluster is there", () => house.cluster.kubeconfig);
        const client = KubeClient.fromKubeconfig(own);
        await ready(client, "k3s-server-1");
        client.close();
        await assert.rejects(house.client.get("/readyz", { timeoutMs: 2_000 }));
    });

    it("takes the further servers in, and answers at the shared address, without a restart of the first one", async () => {
        const further = ["k3s-server-2", "k3s-server-3"].map((name) => house.machine(name));
        await Promise.all(further.map((machine) => machine.on()));
        for (const name of ["k3s-server-1", "k3s-server-2", "k3s-server-3"]) await ready(house.client, name);
        assert.equal(first.console.filter((line) => line.startsWith("power on")).length, 1);
    });
});
