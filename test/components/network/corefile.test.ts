import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { ClusterDns, type ClusterDnsArgs } from "../../../components/network";
import { corefile, type CorefileSettings } from "../../../components/network/corefile";
import type { KubeObject } from "../../../lab/kube/client";
import { createAuthority, issueCertificate, type KeyPair } from "../../../lab/pki/certificate";
import { accountKubeconfig } from "../../support/account-kubeconfig";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { plainDnsServer, tlsDnsServer, type DnsServer, type Knows } from "../../support/dns-server";
import { captureGraph } from "../../support/graph";
import { kubeObjects, Paths } from "../../support/kube-objects";
import { describeWith } from "../../support/tools";
import { askedCoreDns, type AskedCoreDns } from "./asked-coredns";

const [ONE, TWO, IMPOSTOR, HOME] = ["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"];

/** The world, as a resolver has it that can be believed. */
const world: Knows = (name) => (name.startsWith("nobody") ? undefined : "192.0.2.1");

const house: CorefileSettings = {
    upstreams: [
        { name: "one.example.org", addresses: [ONE] },
        { name: "two.example.org", addresses: [TWO] },
    ],
    transport: "tls",
    homeZone: { domain: "home.arpa", networks: ["192.168.20.0/24"], resolvers: [HOME] },
    served: { names: ["films.example.org", "login.example.org"], service: "traefik.kube-system.svc.cluster.local" },
};

describeWith("coredns", "the Corefile, asked as a real CoreDNS", function () {
    this.timeout(60_000);
    let plane: ControlPlane;
    let kubeconfig: string;
    let authority: KeyPair;
    let servers: Record<"one" | "two" | "impostor" | "home", DnsServer>;
    let dns: AskedCoreDns;
    const running: AskedCoreDns[] = [];

    before(async () => {
        plane = await startControlPlane();
        kubeconfig = await accountOf(plane);
        await ingress(plane);
        authority = await createAuthority("the world");
        const pair = (name: string) =>
            issueCertificate(authority, { commonName: name, dnsNames: [name], usages: ["server"] });
        servers = {
            one: await tlsDnsServer(ONE, await pair("one.example.org"), world),
            two: await tlsDnsServer(TWO, await pair("two.example.org"), world),
            impostor: await tlsDnsServer(IMPOSTOR, await pair("somebody.example.org"), () => "192.0.2.66"),
            home: await plainDnsServer(HOME, (name) => (name.startsWith("nobody") ? undefined : "192.168.20.10")),
        };
        dns = await start(house);
    });
    after(async () => {
        for (const each of running) each.stop();
        await Promise.all(Object.values(servers).map((server) => server.close()));
        await plane.stop();
    });

    async function start(settings: CorefileSettings, more: Record<string, number> = {}): Promise<AskedCoreDns> {
        const tls = settings.transport === "tls";
        const ports = {
            [tls ? `${ONE}%one.example.org` : ONE]: servers.one.port,
            [tls ? `${TWO}%two.example.org` : TWO]: servers.two.port,
            [`${IMPOSTOR}%one.example.org`]: servers.impostor.port,
            [HOME]: servers.home.port,
            ...more,
        };
        const text = corefile(settings);
        const started = await askedCoreDns({ corefile: text, kubeconfig, authority: authority.certificate, ports });
        running.push(started);
        return started;
    }

    it("asks the named upstreams for the names of the world, by TLS and under their names", async () => {
        for (let turn = 0; turn < 20; turn += 1) {
            assert.deepEqual(await dns.resolver.resolve4(`turn-${turn}.example.net`), ["192.0.2.1"]);
        }
        assert.deepEqual([...new Set(servers.one.greeted)], ["one.example.org"]);
        assert.deepEqual([...new Set(servers.two.greeted)], ["two.example.org"]);
        assert.ok(servers.one.asked.length > 0 && servers.two.asked.length > 0, "both are asked by turns");
    });

    it("believes nobody who has a certificate for another name, and tells him nothing", async () => {
        const upstreams = [{ name: "one.example.org", addresses: [IMPOSTOR] }];
        const deceived = await start({ ...house, upstreams });
        await assert.rejects(deceived.resolver.resolve4("bank.example.net"), { code: "ESERVFAIL" });
        assert.deepEqual(servers.impostor.asked, []);
        assert.match(deceived.output(), /certificate is valid for somebody\.example\.org, not one\.example\.org/);
    });

    it("asks the house's resolver for the names of the house and of its addresses, and for nothing else", async () => {
        assert.deepEqual(await dns.resolver.resolve4("nas.home.arpa"), ["192.168.20.10"]);
        assert.deepEqual(await dns.resolver.reverse("192.168.20.10"), ["nas.home.arpa"]);
        await dns.resolver.resolve4("elsewhere.example.net");
        await dns.resolver.reverse("192.0.2.77").catch(() => undefined);
        assert.deepEqual([...new Set(servers.home.asked)], ["nas.home.arpa", "10.20.168.192.in-addr.arpa"]);
        const abroad = [...servers.one.asked, ...servers.two.asked];
        assert.deepEqual(
            abroad.filter((name) => name.endsWith("home.arpa") || name.endsWith("168.192.in-addr.arpa")),
            [],
        );
    });

    it("says of a name that is not there that it is not there, abroad and at home", async () => {
        await assert.rejects(dns.resolver.resolve4("nobody.example.net"), { code: "ENOTFOUND" });
        await assert.rejects(dns.resolver.resolve4("nobody.home.arpa"), { code: "ENOTFOUND" });
    });

    it("knows the names of the cluster, and the other way round", async () => {
        assert.deepEqual(await dns.resolver.resolve4("kubernetes.default.svc.cluster.local"), ["10.43.0.1"]);
        assert.deepEqual(await dns.resolver.reverse("10.43.0.1"), ["kubernetes.default.svc.cluster.local"]);
        await assert.rejects(dns.resolver.resolve4("missing.default.svc.cluster.local"), { code: "ENOTFOUND" });
    });

    it("answers itself for the names that the house serves, with the way in", async () => {
        for (const name of ["films.example.org", "login.example.org", "Films.Example.org"]) {
            assert.deepEqual(await dns.resolver.resolve4(name), ["10.43.0.80"], name);
        }
    });

    it("asks the world for all other names of the same domain, where they may be at any address", async () => {
        for (const name of ["nas.example.org", "otherfilms.example.org", "old.films.example.org", "example.org"]) {
            assert.deepEqual(await dns.resolver.resolve4(name), ["192.0.2.1"], name);
        }
    });

    it("asks the house's resolver for a home zone that is in the domain of the names that the house serves", async () => {
        const below = await start({
            ...house,
            homeZone: { domain: "lan.example.org", networks: [], resolvers: [HOME] },
        });
        assert.deepEqual(await below.resolver.resolve4("nas.lan.example.org"), ["192.168.20.10"]);
        assert.deepEqual(await below.resolver.resolve4("films.example.org"), ["10.43.0.80"]);
        assert.ok(servers.home.asked.includes("nas.lan.example.org"));
    });

    it("reads the cluster with the rights that its account is given, and lacks none", () => {
        assert.doesNotMatch(dns.output(), /forbidden|Failed to (?:list|watch)/i);
    });

    it("sends no question to anybody else", async () => {
        const asked = [...(await dns.metrics()).matchAll(/proxy_request_duration_seconds_count\{.*?to="([^"]+)"/g)];
        const allowed = [servers.one, servers.two, servers.home].map(({ port }) => String(port));
        const ports = [...new Set(asked.map(([, to = ""]) => to.split(":").pop() ?? ""))];
        assert.deepEqual(ports.sort(), allowed.sort());
        assert.doesNotMatch(corefile(house), /resolv\.conf/);
    });

    it("asks plainly where it is told to", async () => {
        const plain = await plainDnsServer(ONE, world);
        const upstreams = [{ name: "one.example.org", addresses: [ONE] }];
        const asked = await start({ ...house, upstreams, transport: "plain" }, { [ONE]: plain.port });
        assert.deepEqual(await asked.resolver.resolve4("plain.example.net"), ["192.0.2.1"]);
        assert.ok(plain.asked.includes("plain.example.net"));
        await plain.close();
    });

    for (const [kind, address] of [
        ["refuses", "127.0.0.15"],
        ["is silent", "127.0.0.16"],
    ] as const) {
        it(`loses less than 2 s when one of two upstreams dies and ${kind}, and nothing once that is known`, async () => {
            const times = await timesAfterDeathOf(address, kind === "is silent");
            const shown = times.map((time) => time.toFixed(0)).join(" ");
            // A busy machine is late with one answer or two, not with each.
            const late = (limitMs: number, of: readonly number[]) => of.filter((time) => time >= limitMs).length;
            assert.ok(late(2_000, times) <= 2, `${shown} ms`);
            assert.ok(late(200, times.slice(-10)) <= 2, `${shown} ms`);
        });
    }

    /** How long each of 30 new names takes, in ms, after one of two upstreams that were asked before has died. */
    async function timesAfterDeathOf(address: string, silently: boolean): Promise<number[]> {
        const usages = ["server"] as const;
        const pair = await issueCertificate(authority, { commonName: "three", dnsNames: ["one.example.org"], usages });
        const dying = await tlsDnsServer(address, pair, world);
        const upstreams = [
            { name: "one.example.org", addresses: [address] },
            { name: "two.example.org", addresses: [TWO] },
        ];
        const asked = await start({ ...house, upstreams }, { [`${address}%one.example.org`]: dying.port });
        for (let turn = 0; turn < 20; turn += 1) await asked.ask(`${turn}.before.example.net`);
        assert.ok(dying.asked.length > 0);
        await dying.close();
        const silent = silently ? await silentServer(address, dying.port) : undefined;
        const times: number[] = [];
        for (let turn = 0; turn < 30; turn += 1) {
            const begin = performance.now();
            const answer = await asked.ask(`${turn}.after.example.net`);
            times.push(performance.now() - begin);
            assert.deepEqual([...answer.subarray(-4)], [192, 0, 2, 1]);
        }
        silent?.close();
        return times;
    }
});

/** The rights that the component gives, and a kubeconfig of the account that has them. */
async function accountOf(plane: ControlPlane): Promise<string> {
    const args: ClusterDnsArgs = {
        ...house,
        address: "10.43.0.10",
        replicas: 2,
    };
    const graph = await captureGraph(() => new ClusterDns("cluster-dns", args));
    const paths = new Paths(plane.client);
    for (const object of kubeObjects(graph)) {
        if (!["ServiceAccount", "ClusterRole", "ClusterRoleBinding"].includes(object.kind ?? "")) continue;
        await plane.client.apply(await paths.of(object), object, "test");
    }
    return accountKubeconfig(plane, "kube-system", "cluster-dns");
}

async function ingress(plane: ControlPlane): Promise<void> {
    const body: KubeObject & { spec: object } = {
        ...{ apiVersion: "v1", kind: "Service", metadata: { name: "traefik" } },
        spec: { clusterIP: "10.43.0.80", ports: [{ port: 80 }] },
    };
    await plane.client.request("POST", "/api/v1/namespaces/kube-system/services", { body });
}

/** Takes every connection and says nothing, as a machine that hangs does. */
async function silentServer(address: string, port: number): Promise<{ close(): void }> {
    const open: Socket[] = [];
    const server: Server = createServer((socket) => {
        socket.on("error", () => socket.destroy());
        open.push(socket);
    });
    await new Promise<void>((done) => server.listen(port, address, done));
    return {
        close: () => {
            server.close();
            for (const socket of open) socket.destroy();
        },
    };
}
