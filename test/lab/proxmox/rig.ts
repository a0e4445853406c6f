import { mkdtempSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRecord, textOf } from "../../../lab/plain-values";
import { startProxmox, type ProxmoxEmulator, type ProxmoxOptions } from "../../../lab/proxmox/emulator";
import type { HostDevice } from "../../../lab/proxmox/pci";
import { fakeBodies, type FakeBodies } from "../../support/proxmox-bodies";
import { removeFolder } from "../../support/scratch-folder";

export const GPU: HostDevice = {
    path: "0000:00:02.0",
    id: "8086:3e92",
    subsystemId: "17aa:3136",
    iommuGroup: 0,
};

/** Entry of a mapping for the GPU of a host. */
export function gpuEntry(node: string): string {
    return `node=${node},path=${GPU.path},id=${GPU.id},subsystem-id=${GPU.subsystemId},iommugroup=0`;
}

export interface Answer {
    readonly status: number;
    /** The reason phrase, where Proxmox VE says what is wrong. */
    readonly reason: string;
    readonly data: unknown;
    readonly message: string | undefined;
    readonly errors: Readonly<Record<string, string>> | undefined;
}

export interface Rig {
    readonly proxmox: ProxmoxEmulator;
    readonly bodies: FakeBodies;
    readonly folder: string;
    /** Calls the API with the program's token, or with other headers. */
    call(method: string, path: string, form?: Form, headers?: Readonly<Record<string, string>>): Promise<Answer>;
    /** Headers of somebody who has logged in with a password; of root, who may do everything, unless told otherwise. */
    ticket(username?: string, password?: string): Promise<Record<string, string>>;
    /** Calls, waits for the task that comes back, and answers its exit status. */
    task(method: string, path: string, form?: Form): Promise<string>;
    /** Ends the emulator and starts it again on the same state. */
    restart(): Promise<void>;
    close(): Promise<void>;
}

export type Form = Readonly<Record<string, string | readonly string[]>>;

/** An emulated cluster of two hosts on ports of its own, and a client for it. */
export async function startRig(more: Partial<ProxmoxOptions> = {}): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), "proxmox-"));
    const bodies = fakeBodies();
    const options: ProxmoxOptions = {
        hosts: ["pve-1", "pve-2"].map((name) => ({ name, address: "127.0.0.1", apiPort: 0, sshPort: 0, gpu: GPU })),
        folder: join(folder, "state"),
        logs: join(folder, "logs"),
        bodies,
        ...more,
    };
    let proxmox = await startProxmox(options);
    const call: Rig["call"] = (method, path, form = {}, headers) => send(proxmox, method, path, form, headers);
    return {
        get proxmox() {
            return proxmox;
        },
        bodies,
        folder,
        call,
        async ticket(username = "root@pam", password = proxmox.credentials.rootPassword) {
            const { data } = await call("POST", "/access/ticket", { username, password }, {});
            return {
                cookie: `PVEAuthCookie=${encodeURIComponent(textOf(field(data, "ticket")))}`,
                csrfpreventiontoken: textOf(field(data, "CSRFPreventionToken")),
            };
        },
        async task(method, path, form) {
            const { data, reason } = await call(method, path, form);
            if (typeof data !== "string") throw new Error(`no task but: ${reason}`);
            for (;;) {
                const answer = await call(
                    "GET",
                    `/nodes/${data.split(":")[1]}/tasks/${encodeURIComponent(data)}/status`,
                );
                const exit = field(answer.data, "exitstatus");
                if (exit !== undefined) return textOf(exit);
            }
        },
        async restart() {
            await proxmox.close();
            proxmox = await startProxmox(options);
        },
        async close() {
            await proxmox.close();
            removeFolder(folder);
        },
    };
}

/** A field of an answer's data. */
export function field(data: unknown, name: string): unknown {
    return record(data)[name];
}

/** The data as a mapping. */
export function record(data: unknown): Record<string, unknown> {
    return isRecord(data) ? data : {};
}

/** The data as a list. */
export function items(data: unknown): unknown[] {
    return Array.isArray(data) ? data : [];
}

function send(
    proxmox: ProxmoxEmulator,
    method: string,
    path: string,
    form: Form,
    headers: Readonly<Record<string, string>> = { authorization: `PVEAPIToken=${proxmox.credentials.apiToken}` },
): Promise<Answer> {
    const body = new URLSearchParams(
        Object.entries(form).flatMap(([name, value]) => [value].flat().map((each) => [name, each] as [string, string])),
    ).toString();
    const inQuery = method === "GET" || method === "DELETE";
    const url = `${proxmox.hosts()[0]?.endpoint ?? ""}api2/json${path}${inQuery && body ? `?${body}` : ""}`;
    const sent = inQuery ? headers : { "content-type": "application/x-www-form-urlencoded", ...headers };
    return new Promise((resolve, reject) => {
        const ca = readFileSync(proxmox.authorityFile);
        const call = request(
            url,
            { method, ca, headers: { ...sent }, minVersion: "TLSv1.3", agent: false },
            (response) => {
                let text = "";
                response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
                response.on("end", () => {
                    const answer: unknown = JSON.parse(text);
                    const errors = Object.entries(record(field(answer, "errors"))).map(([key, value]) => [
                        key,
                        String(value),
                    ]);
                    resolve({
                        status: response.statusCode ?? 0,
                        reason: response.statusMessage ?? "",
                        data: field(answer, "data"),
                        message: field(answer, "message") === undefined ? undefined : String(field(answer, "message")),
                        errors: errors.length > 0 ? (Object.fromEntries(errors) as Record<string, string>) : undefined,
                    });
                });
            },
        );
        call.on("error", reject);
        call.end(inQuery ? "" : body);
    });
}
