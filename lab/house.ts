import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import type { ForeignNode } from "./cluster/foreign-node";
import { operators, type Operator } from "./operators";
import type { LabPaths } from "./paths";
import type { LabSettings } from "./settings";

const dnsSchema = z.object({
    upstreams: z.array(z.object({ addresses: z.array(z.string()) })).optional(),
    homeZone: z.object({ resolvers: z.array(z.string()) }).optional(),
});

/** Those of the program where the house names none. */
const DEFAULT_UPSTREAMS = [{ addresses: ["1.1.1.1", "1.0.0.1"] }, { addresses: ["9.9.9.9", "149.112.112.112"] }];

/** The parts of a house's configuration that the lab must know to stand in for its hardware. */
const houseSchema = z.object({
    config: z.object({
        "homelab:hosts": z.array(
            z.object({
                name: z.string(),
                address: z.string(),
                sshPort: z.number().default(22),
                memoryGiB: z.number().optional(),
                gpu: z
                    .object({ path: z.string(), id: z.string(), subsystemId: z.string(), iommuGroup: z.number() })
                    .optional(),
            }),
        ),
        "homelab:proxmox": z.object({ endpoint: z.string() }),
        "homelab:cluster": z.object({
            virtualAddress: z.string().optional(),
            servers: z.object({ machines: z.array(z.object({ name: z.string(), address: z.string() })) }),
            joined: z
                .array(
                    z.object({
                        name: z.string(),
                        architecture: z.enum(["amd64", "arm64"]),
                        nfs: z.boolean().default(false),
                    }),
                )
                .default([]),
        }),
        "homelab:network": z
            .object({ dns: dnsSchema.optional(), loadBalancer: z.object({ kind: z.string() }).optional() })
            .optional(),
        "homelab:database": z.object({ mode: z.string().optional(), moveFrom: z.string().optional() }).optional(),
        "homelab:objectStorage": z.object({ kind: z.string() }).optional(),
        "homelab:storage": z.object({ nas: z.object({ address: z.string(), export: z.string() }) }).optional(),
        "homelab:aws": z
            .object({ endpoint: z.string().optional(), region: z.string().default("us-east-1") })
            .optional(),
    }),
});

export interface House {
    readonly hosts: readonly {
        readonly name: string;
        readonly address: string;
        readonly sshPort: number;
        readonly memoryGiB: number | undefined;
        readonly gpu:
            | { readonly path: string; readonly id: string; readonly subsystemId: string; readonly iommuGroup: number }
            | undefined;
    }[];
    /** Port of the Proxmox API, from the endpoint. */
    readonly apiPort: number;
    /** Where the API server answers: at each server, and at the address that they share. */
    readonly apiAddresses: readonly string[];
    readonly foreignNodes: readonly ForeignNode[];
    /** Resolvers that the house forwards to. */
    readonly resolvers: readonly string[];
    readonly nas: { readonly address: string; readonly export: string } | undefined;
    readonly aws: { readonly address: string; readonly port: number; readonly region: string } | undefined;
    /** Operators that it has and the lab runs for real: the material of its machines depends on them. */
    readonly operators: readonly Operator[];
}

const STACK = "Pulumi.dev.yaml";

/** Text of the house's stack file, moved to the lab's slot. */
export function stackText(paths: LabPaths, settings: LabSettings): string {
    const text = readFileSync(paths.houseFile, "utf8");
    return text.replaceAll(/\b127\.0\.(\d+)\.(\d+)/g, `127.${settings.slot}.$1.$2`);
}

/**
 * Lets the program check the configuration before anything is started: it knows all the rules, and tells all mistakes.
 * In a process of its own, because the lab imports nothing of the program.
 *
 * @throws Error with every mistake
 */
export function checkHouse({ checkout, houseFile }: LabPaths): void {
    const args = ["--import", "tsx", "infra/config/check.ts", houseFile];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: checkout, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr.trim() || `${houseFile} cannot be checked`);
}

/**
 * Reads the house from a stack file's text.
 * @param ready operators that its machines are ready for, whether it has them or not
 * @throws Error naming the first parts that cannot be read; the program itself tells all mistakes when it runs.
 */
export function readHouse(text: string, ready: readonly Operator[] = []): House {
    const parsed = houseSchema.safeParse(parse(text));
    if (!parsed.success) {
        const faults = parsed.error.issues.map((issue) => `${STACK}: ${issue.path.join(".")}: ${issue.message}`);
        throw new Error(faults.join("\n"));
    }
    const config = parsed.data.config;
    const { servers, virtualAddress } = config["homelab:cluster"];
    if (servers.machines.length === 0)
        throw new Error(
            `${STACK}: config.homelab:cluster.servers.machines: is empty (a cluster has a server); name one`,
        );
    const aws = config["homelab:aws"];
    const { mode, moveFrom } = config["homelab:database"] ?? {};
    const isCluster = mode === "ha" || moveFrom === "ha";
    const hasBuckets = (config["homelab:objectStorage"]?.kind ?? "none") !== "none";
    const has: Readonly<Record<Operator, boolean>> = {
        "cloudnative-pg": isCluster,
        "plugin-barman-cloud": isCluster && hasBuckets,
        metallb: config["homelab:network"]?.loadBalancer?.kind === "metallb",
    };
    return {
        hosts: config["homelab:hosts"].map((host) => ({ ...host, gpu: host.gpu, memoryGiB: host.memoryGiB })),
        apiPort: Number(new URL(config["homelab:proxmox"].endpoint).port || 443),
        apiAddresses: [...(virtualAddress ? [virtualAddress] : []), ...servers.machines.map(({ address }) => address)],
        foreignNodes: config["homelab:cluster"].joined,
        resolvers: resolversOf(config["homelab:network"]?.dns),
        nas: config["homelab:storage"]?.nas,
        aws: aws?.endpoint === undefined ? undefined : { ...addressOf(aws.endpoint), region: aws.region },
        operators: operators.filter((operator) => ready.includes(operator) || has[operator]),
    };
}

function resolversOf(dns: z.infer<typeof dnsSchema> | undefined): string[] {
    const upstreams = dns?.upstreams ?? DEFAULT_UPSTREAMS;
    return [...upstreams.flatMap(({ addresses }) => addresses), ...(dns?.homeZone?.resolvers ?? [])];
}

function addressOf(endpoint: string): { readonly address: string; readonly port: number } {
    const { hostname, port } = new URL(endpoint);
    return { address: hostname, port: Number(port || 80) };
}

/** Equal for houses with the same hardware, and different for others. */
export function houseDigest(house: House): string {
    return createHash("sha256").update(JSON.stringify(house)).digest("hex");
}
