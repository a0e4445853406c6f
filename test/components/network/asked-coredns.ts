import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../support/eventually";
import { freePorts } from "../../support/free-ports";
import { removeFolder } from "../../support/scratch-folder";
import { testTool } from "../../support/tools";

const ADDRESS = "127.0.0.1";

/** A real CoreDNS with a Corefile of ours. */
export interface AskedCoreDns {
    readonly resolver: Resolver;
    /** Asks once for an IPv4 address. A Resolver asks again when an answer is late. */
    ask(name: string): Promise<Buffer>;
    /** What it said so far. */
    output(): string;
    metrics(): Promise<string>;
    stop(): void;
}

export interface AskedOptions {
    readonly corefile: string;
    /** A way to the API server from outside a pod. */
    readonly kubeconfig: string;
    /** Certificate of the authority that is believed. */
    readonly authority: string;
    /** Ports of resolvers: a test may not use those below 1024. By the word in the Corefile. */
    readonly ports: Readonly<Record<string, number>>;
}

/** Other ports than in a pod, and a way to the API server; all else of the Corefile stays. */
export async function askedCoreDns(options: AskedOptions): Promise<AskedCoreDns> {
    const folder = mkdtempSync(join(tmpdir(), "corefile-"));
    const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
    };
    const [dns = 0, health = 0, ready = 0, metrics = 0] = await freePorts(ADDRESS, 4);
    const kubeconfig = file("kubeconfig", options.kubeconfig);
    let corefile = options.corefile
        .replace(".:53 {", `.:${dns} {\n    bind ${ADDRESS}`)
        .replace("health :8080", `health ${ADDRESS}:${health}`)
        .replace("ready :8181", `ready ${ADDRESS}:${ready}`)
        .replace("prometheus :9153", `prometheus ${ADDRESS}:${metrics}`)
        .replace("lameduck 5s", "lameduck 0s")
        .replace(/(kubernetes .* \{)/, `$1\n        kubeconfig ${kubeconfig}`);
    for (const [word, port] of Object.entries(options.ports)) corefile = corefile.replaceAll(word, `${word}:${port}`);
    const child: ChildProcess = spawn(testTool("coredns"), ["-conf", file("Corefile", corefile)], {
        cwd: folder,
        env: { ...process.env, SSL_CERT_FILE: file("ca.crt", options.authority) },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    // It learns a limit of its own from fast answers, which one that a busy machine delays would miss.
    const resolver = new Resolver({ timeout: 6_000, tries: 4 });
    resolver.setServers([`${ADDRESS}:${dns}`]);
    const stop = () => {
        child.kill("SIGKILL");
        removeFolder(folder);
    };
    try {
        await eventually(`CoreDNS is ready; it said\n${output}`, async () => {
            if (child.exitCode !== null) throw new Error(output);
            return (await fetch(`http://${ADDRESS}:${ready}/ready`)).ok;
        });
        // It says so a moment before it listens.
        await eventually("CoreDNS answers", () => resolver.resolve4("kubernetes.default.svc.cluster.local"));
    } catch (error) {
        stop();
        throw new Error(`${String(error)}\n${output}\n${corefile}`, { cause: error });
    }
    const read = async () => (await fetch(`http://${ADDRESS}:${metrics}/metrics`)).text();
    return { resolver, ask: (name) => ask(dns, name), output: () => output, metrics: read, stop };
}

/** One question of type A over UDP (RFC 1035, section 4.1). @throws Error after 10 s without an answer. */
function ask(port: number, name: string): Promise<Buffer> {
    const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
    const socket = createSocket("udp4");
    return new Promise<Buffer>((done, fail) => {
        const limit = setTimeout(() => fail(new Error(`${name}: no answer in 10 s`)), 10_000);
        socket.once("message", (answer) => {
            clearTimeout(limit);
            done(answer);
        });
        socket.once("error", fail);
        socket.send(Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]), port, ADDRESS);
    }).finally(() => socket.close());
}
