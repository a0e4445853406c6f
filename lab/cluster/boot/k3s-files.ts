import { parseDocument } from "yaml";
import { isRecord, textOf } from "../../plain-values";
import type { CloudConfig, GuestFile } from "./user-data";
import { K3sFatalError } from "./k3s-fatal-error";
import { kubeletFault } from "./kubelet-fields";

const DROP_INS = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/";
const REGISTRIES_PATH = "/etc/rancher/k3s/registries.yaml";
const REGISTRY_KEYS = new Set(["mirrors", "configs", "auths"]);
const MIRROR_KEYS = new Set(["endpoint", "rewrite"]);

/** What a kubelet keeps from pods, by resource; quantities. */
export type Reserved = Readonly<Record<string, string>>;

/** The parts of the kubelet's own settings that the lab's nodes act upon. */
export interface KubeletSettings {
    readonly kubeReserved: Reserved;
    readonly systemReserved: Reserved;
}

/**
 * Reads the drop-ins of the kubelet as it does: in order of their names, later ones win.
 * @throws K3sFatalError for one that the kubelet would not start with.
 */
export function kubeletSettings({ files }: CloudConfig): KubeletSettings {
    const dropIns = files
        .filter(({ path }) => path.startsWith(DROP_INS) && path.endsWith(".conf"))
        .sort((one, other) => (one.path < other.path ? -1 : 1));
    let merged: Record<string, unknown> = {};
    for (const file of dropIns) {
        const values = mapping(file);
        const fault = kubeletFault(values);
        if (fault !== undefined)
            throw new K3sFatalError(
                `level=fatal msg="Error: failed to merge kubelet configs: ${file.path}: ${fault}" (the kubelet does not start)`,
            );
        merged = { ...merged, ...values };
    }
    return { kubeReserved: reserved(merged["kubeReserved"]), systemReserved: reserved(merged["systemReserved"]) };
}

/** @throws K3sFatalError for registries that k3s cannot read. */
export function checkRegistries({ files }: CloudConfig): void {
    const file = files.find(({ path }) => path === REGISTRIES_PATH);
    if (!file) return;
    const refuse = (what: string): never => {
        throw new K3sFatalError(`level=fatal msg="failed to load registries: ${what}" (${REGISTRIES_PATH})`);
    };
    const values = mapping(file);
    const unknown = Object.keys(values).find((key) => !REGISTRY_KEYS.has(key));
    if (unknown !== undefined) refuse(`unknown field ${unknown}`);
    const mirrors = values["mirrors"] ?? {};
    if (!isRecord(mirrors)) return refuse("mirrors is not a mapping");
    for (const [name, mirror] of Object.entries(mirrors)) {
        if (mirror === null) continue;
        if (!isRecord(mirror)) return refuse(`mirrors.${name} is not a mapping`);
        const wrong = Object.keys(mirror).find((key) => !MIRROR_KEYS.has(key));
        if (wrong !== undefined) refuse(`mirrors.${name}: unknown field ${wrong}`);
    }
}

/** @throws K3sFatalError where an argument of the API server names a file that is not on the disk. */
export function checkAuditPolicy(apiServerArgs: readonly string[], { files }: CloudConfig): void {
    const path = apiServerArgs.map((arg) => /^audit-policy-file=(.+)$/.exec(arg)?.[1]).find((found) => found);
    if (path !== undefined && !files.some((file) => file.path === path))
        throw new K3sFatalError(`level=fatal msg="Error: loading audit policy file: open ${path}: no such file"`);
}

function mapping(file: GuestFile): Record<string, unknown> {
    const document = parseDocument(file.content);
    const fault = document.errors[0];
    if (fault) throw new K3sFatalError(`level=fatal msg="yaml: ${fault.message.split("\n")[0]}" (${file.path})`);
    const value: unknown = document.toJS() ?? {};
    if (!isRecord(value)) throw new K3sFatalError(`level=fatal msg="yaml: the top is not a mapping" (${file.path})`);
    return value;
}

function reserved(value: unknown): Reserved {
    return Object.fromEntries(Object.entries(isRecord(value) ? value : {}).map(([key, each]) => [key, textOf(each)]));
}

/** The sum of what is reserved; quantities as our own files have them: `500m` or `2`, and `Mi` or `Gi`. */
export function reservedOf({ kubeReserved, systemReserved }: KubeletSettings): { milliCpu: number; memoryMiB: number } {
    const both = [kubeReserved, systemReserved];
    return {
        milliCpu: both.reduce((sum, { cpu = "0" }) => sum + milli(cpu), 0),
        memoryMiB: both.reduce((sum, { memory = "0Mi" }) => sum + mebibytes(memory), 0),
    };
}

function milli(cpu: string): number {
    return cpu.endsWith("m") ? Number.parseInt(cpu) : Number(cpu) * 1000;
}

function mebibytes(memory: string): number {
    const [, number = "0", unit = ""] = /^(\d+)(Mi|Gi)?$/.exec(memory) ?? [];
    return Number(number) * (unit === "Gi" ? 1024 : unit === "Mi" ? 1 : 1 / 1_048_576);
}
