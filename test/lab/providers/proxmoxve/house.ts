import { mkdtemp, readFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { labPaths } from "../../../../lab/paths";
import type { CallContext, CheckFailure, Diff, Properties, Provider } from "../../../../lab/providers/kit/provider";
import { createBridge } from "../../../../lab/providers/proxmoxve/index";
import type { Tools } from "../../../../lab/providers/proxmoxve/process";
import { type ProxmoxEmulator, type ProxmoxOptions, startProxmox } from "../../../../lab/proxmox/emulator";
import { tfplugin6Proto } from "../../../../lab/toolchain/locate";
import { fakeBodies, type FakeBodies } from "../../../support/proxmox-bodies";
import { removeFolder } from "../../../support/scratch-folder";
import { testTool } from "../../../support/tools";

/** A resource as an engine remembers it. */
export interface Made {
    readonly type: string;
    readonly name: string;
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
}

const uhd630 = {
    path: "0000:00:02.0",
    id: "8086:3e92",
    subsystemId: "17aa:3136",
    iommuGroup: 0,
};

/** Two emulated hosts and the settings of a provider for them. */
export class House {
    private constructor(
        readonly folder: string,
        readonly proxmox: ProxmoxEmulator,
        readonly bodies: FakeBodies,
        readonly hostNames: readonly string[],
    ) {}

    /** @param network first two numbers of the hosts' addresses, of its own for each test file: `127.41`. */
    static async start(network: string, options: Partial<ProxmoxOptions> = {}): Promise<House> {
        const folder = await mkdtemp(join(tmpdir(), "bridge-"));
        const bodies = fakeBodies();
        const create = bodies.create.bind(bodies);
        // The provider waits for an address that is not loopback, which in a lab no machine has.
        const globalAddress = { name: "eth1", mac: "bc:24:11:00:00:01", addresses: ["fd00::1"] };
        bodies.create = (spec, console) => ({
            ...create(spec, console),
            guestInterfaces: () => (bodies.agentAnswers ? [globalAddress] : undefined),
        });
        const hosts = ["pve-1", "pve-2"].map((name, index) => {
            const address = `${network}.20.${11 + index}`;
            return { name, address, apiPort: 0, sshPort: 0, gpu: uhd630 };
        });
        const logs = join(folder, "logs");
        const proxmox = await startProxmox({ folder: join(folder, "proxmox"), logs, bodies, ...options, hosts });
        return new House(
            folder,
            proxmox,
            bodies,
            hosts.map(({ name }) => name),
        );
    }

    get tools(): Tools {
        const folder = join(this.folder, "provider");
        return { ...providerTools(), logFile: join(this.folder, "logs", "provider.log"), folder };
    }

    /** What a program would give to `new proxmox.Provider`, as the SDK sends it. */
    settings(overrides: Properties = {}): Properties {
        const hosts = this.proxmox.hosts();
        const nodes = hosts.map(({ name, endpoint, sshPort }) => ({
            name,
            address: new URL(endpoint).hostname,
            port: sshPort,
        }));
        const { apiToken, rootPassword } = this.proxmox.credentials;
        const ssh = { username: "root", agent: false, password: rootPassword, nodes };
        return {
            endpoint: hosts[0]?.endpoint ?? "",
            insecure: "true",
            apiToken,
            ssh: JSON.stringify(ssh),
            ...overrides,
        };
    }

    async provider(overrides: Properties = {}): Promise<Client> {
        const provider = createBridge(this.tools);
        try {
            await provider.configure(this.settings(overrides));
        } catch (error) {
            await provider.close?.();
            throw error;
        }
        return new Client(provider);
    }

    /** Somebody at the web interface, as root. */
    async byHand(
        method: "GET" | "POST" | "PUT" | "DELETE",
        path: string,
        fields: Record<string, string> = {},
    ): Promise<unknown> {
        const { rootPassword } = this.proxmox.credentials;
        const login = await this.http("POST", "/access/ticket", { username: "root@pam", password: rootPassword }, {});
        const { ticket, CSRFPreventionToken } = login as { ticket: string; CSRFPreventionToken: string };
        return this.http(method, path, fields, { Cookie: `PVEAuthCookie=${ticket}`, CSRFPreventionToken });
    }

    async close(): Promise<void> {
        await this.proxmox.close();
        removeFolder(this.folder);
    }

    private async http(method: string, path: string, fields: Record<string, string>, headers: Record<string, string>) {
        const ca = await readFile(this.proxmox.authorityFile);
        const url = new URL(`api2/json${path}`, this.proxmox.hosts()[0]?.endpoint);
        const body = method === "GET" || method === "DELETE" ? "" : new URLSearchParams(fields).toString();
        const type = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": String(body.length) };
        const text = await new Promise<string>((done, fail) => {
            const sent = request(url, { method, ca, headers: { ...headers, ...type } }, (answer) => {
                const parts: Buffer[] = [];
                answer.on("data", (part: Buffer) => parts.push(part));
                answer.on("end", () => {
                    const whole = Buffer.concat(parts).toString("utf8");
                    if (answer.statusCode === 200) done(whole);
                    else fail(new Error(`${method} ${path}: ${answer.statusMessage ?? ""} ${whole}`));
                });
            });
            sent.on("error", fail);
            sent.end(body);
        });
        return (JSON.parse(text) as { data: unknown }).data;
    }
}

/** A provider as an engine uses it: inputs are checked first, old states are handed over. */
export class Client {
    readonly shown: string[] = [];
    private readonly cancelled = new AbortController();

    constructor(readonly provider: Provider) {}

    readonly context: CallContext = {
        urn: "urn:pulumi:test::test::x::y",
        signal: this.cancelled.signal,
        log: (severity, message) => void this.shown.push(`${severity}: ${message}`),
    };

    cancel(): void {
        this.cancelled.abort(new Error("the engine cancelled the operation"));
    }

    check(
        type: string,
        name: string,
        news: Properties,
        olds: Properties = {},
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
        const randomSeed = new Uint8Array([1, 2, 3]);
        return this.provider.check({ urn: this.context.urn, type, name, olds, news, randomSeed }, this.context);
    }

    async checked(type: string, name: string, news: Properties, olds: Properties = {}): Promise<Properties> {
        const { inputs, failures } = await this.check(type, name, news, olds);
        if (failures.length > 0) throw new Error(JSON.stringify(failures));
        return inputs;
    }

    async create(type: string, name: string, news: Properties): Promise<Made> {
        const inputs = await this.checked(type, name, news);
        const request = { urn: this.context.urn, type, inputs, preview: false, timeoutSeconds: 0 };
        const { id, outputs } = await this.provider.create(request, this.context);
        return { type, name, id, inputs, outputs };
    }

    /** Outputs that a preview of a creation would show. */
    async planned(type: string, news: Properties): Promise<Properties> {
        const inputs = await this.checked(type, "x", news);
        const request = { urn: this.context.urn, type, inputs, preview: true, timeoutSeconds: 0 };
        return (await this.provider.create(request, this.context)).outputs;
    }

    async diff(made: Made, news: Properties, ignoreChanges: readonly string[] = []): Promise<Diff> {
        const newInputs = await this.checked(made.type, made.name, news, made.inputs);
        return this.provider.diff({ ...this.old(made), newInputs, ignoreChanges }, this.context);
    }

    /** Paths of a diff with their kinds. */
    async changes(
        made: Made,
        news: Properties,
        ignoreChanges: readonly string[] = [],
    ): Promise<Record<string, string>> {
        const { detailed } = await this.diff(made, news, ignoreChanges);
        return Object.fromEntries([...detailed].map(([path, { kind }]) => [path, kind]));
    }

    async update(made: Made, news: Properties): Promise<Made> {
        const inputs = await this.checked(made.type, made.name, news, made.inputs);
        const request = { ...this.old(made), inputs, preview: false, timeoutSeconds: 0, ignoreChanges: [] };
        return { ...made, inputs, outputs: (await this.provider.update(request, this.context)).outputs };
    }

    async refresh(made: Made): Promise<Made | undefined> {
        const read = await this.provider.read(this.old(made), this.context);
        return read && { ...made, ...read };
    }

    async import(type: string, id: string): Promise<Made | undefined> {
        const request = { urn: this.context.urn, type, id, oldInputs: {}, oldOutputs: {} };
        const read = await this.provider.read(request, this.context);
        return read && { type, name: "imported", ...read };
    }

    async delete(made: Made): Promise<void> {
        await this.provider.delete({ ...this.old(made), timeoutSeconds: 0 }, this.context);
    }

    async close(): Promise<void> {
        await this.provider.close?.();
    }

    private old({ type, id, inputs, outputs }: Made) {
        return { urn: this.context.urn, type, id, oldInputs: inputs, oldOutputs: outputs };
    }
}

export function providerTools(): Pick<Tools, "binary" | "proto"> {
    const places = { cache: labPaths(resolve(__dirname, "..", "..", "..", "..")).cache, env: process.env };
    return { binary: testTool("terraform-provider-proxmox"), proto: tfplugin6Proto(places) };
}
