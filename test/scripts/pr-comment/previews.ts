import type { Diff, DiffRequest, Properties } from "../../../lab/providers/kit/provider";
import type { Provider } from "../../../lab/providers/kit/provider";
import { type Engine, startEngine } from "../../support/engine";

/** Properties that cannot change in place, as a machine's host cannot. */
const fixed: ReadonlySet<string> = new Set(["nodeName"]);

function diff({ oldInputs, newInputs }: DiffRequest): Promise<Diff> {
    const keys = new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)]);
    const changed = [...keys].filter((key) => JSON.stringify(oldInputs[key]) !== JSON.stringify(newInputs[key]));
    const entries = changed.map((key) => {
        const kind: "update" | "update-replace" = fixed.has(key) ? "update-replace" : "update";
        return [key, { kind, inputDiff: true }] as const;
    });
    return Promise.resolve({ detailed: new Map(entries), deleteBeforeReplace: true });
}

/** What somebody changed by hand, by the resource's logical name; a refresh finds it. */
export const changedByHand = new Map<string, Properties>();

/** Stands for a cluster and for hosts that would take anything. */
function takesAnything(): Provider {
    return {
        configure: () => Promise.resolve(),
        check: ({ news }) => Promise.resolve({ inputs: news, failures: [] }),
        diff,
        create: ({ urn, inputs }) => Promise.resolve({ id: urn, outputs: inputs }),
        update: ({ inputs }) => Promise.resolve({ outputs: inputs }),
        read: ({ urn, id, oldInputs, oldOutputs }) => {
            const changed = changedByHand.get(urn.split("::").at(-1) ?? "") ?? {};
            return Promise.resolve({
                id,
                inputs: { ...oldInputs, ...changed },
                outputs: { ...oldOutputs, ...changed },
            });
        },
        delete: () => Promise.resolve(),
    };
}

/** A real engine that streams the events of its previews. */
export async function startPreviews(): Promise<Engine> {
    const engine = await startEngine({
        plugins: {
            kubernetes: { npmPackage: "@pulumi/kubernetes", factory: takesAnything },
            proxmoxve: { npmPackage: "@muhlba91/pulumi-proxmoxve", factory: takesAnything },
        },
    });
    engine.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true";
    return engine;
}

export interface Part {
    readonly type: string;
    readonly name: string;
    readonly props: Properties;
    readonly opts?: { readonly protect?: boolean };
}

export const machineType = "proxmoxve:index/vmLegacy:VmLegacy";

export function machine(name: string, host: string, opts: Part["opts"] = {}): Part {
    return { type: machineType, name, props: { nodeName: host, name, vmId: 201, bios: "seabios" }, opts };
}

export function settings(name: string, data: Properties): Part {
    return { type: "kubernetes:core/v1:ConfigMap", name, props: { metadata: { name, namespace: "media" }, data } };
}

/** Text of a program that registers these resources; `secret:` before a text makes it a secret. */
export function program(...parts: readonly Part[]): string {
    return `
const pulumi = require("@pulumi/pulumi");
const open = (value) =>
    typeof value === "string" && value.startsWith("secret:") ? pulumi.secret(value.slice(7))
    : Array.isArray(value) ? value.map(open)
    : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item)]))
    : value;
for (const { type, name, props, opts } of ${JSON.stringify(parts)}) new pulumi.CustomResource(type, name, open(props), opts);
`;
}
