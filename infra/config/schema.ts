import type { z } from "zod";
import { awsSchema } from "./aws";
import { clusterSchema } from "./cluster";
import { databaseSchema } from "./database";
import { existingClusterSchema } from "./existing-cluster";
import { group } from "./field";
import { gpuSchema } from "./gpu";
import { guestImageSchema } from "./guest-image";
import { hostsSchema } from "./hosts";
import { houseSchema } from "./house";
import { ingressSchema } from "./ingress";
import { jellyfinSchema } from "./jellyfin";
import { networkSchema } from "./network";
import { objectStorageSchema } from "./object-storage";
import { proxmoxSchema } from "./proxmox";
import { existingStorageSchema, storageSchema } from "./storage";
import { upsSchema } from "./ups";

/**
 * The areas of the configuration. Each is one key of `Pulumi.<stack>.yaml`, `homelab:<area>`, and is checked by itself,
 * so that a mistake in one does not hide a mistake in another.
 */
export const areas = {
    house: houseSchema,
    proxmox: proxmoxSchema,
    network: networkSchema,
    hosts: hostsSchema,
    guestImage: guestImageSchema,
    cluster: clusterSchema,
    storage: storageSchema,
    ingress: ingressSchema.prefault({}),
    gpu: gpuSchema,
    database: databaseSchema.prefault({}),
    jellyfin: jellyfinSchema,
    ups: upsSchema
        .describe("The UPS of the house. Leave it out, and nothing of the house hears of a power failure.")
        .optional(),
    objectStorage: objectStorageSchema,
    aws: awsSchema.describe("What the house keeps at AWS. Leave it out, and nothing is kept there.").optional(),
} as const;

/** The areas of a house on a cluster that is there already: without machines, and all that is made for them. */
export const existingAreas = {
    house: areas.house,
    cluster: existingClusterSchema,
    storage: existingStorageSchema.prefault({}),
    ingress: areas.ingress,
    gpu: areas.gpu,
    database: areas.database,
    jellyfin: areas.jellyfin,
    objectStorage: areas.objectStorage,
    aws: areas.aws,
} as const;

/** The whole configuration; `z.toJSONSchema` of it is the source of the reference documentation. */
export const configSchema = group("The configuration of a house.", areas);

/** The same for a house on a cluster that is there already (`kind: existing`). */
export const existingConfigSchema = group("The configuration of a house.", existingAreas);

/** Name of an area. */
export type Area = keyof typeof areas;

/** The configuration before its defaults are filled in: what a stack file may say. */
export type RawHomelabConfig = z.input<typeof configSchema>;

type DeepReadonly<T> = T extends (infer E)[]
    ? readonly DeepReadonly<E>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

/** The house that builds its cluster on machines of its own. */
export type MachineHouse = DeepReadonly<z.output<typeof configSchema>>;

/** The house on a cluster that is there already: no Proxmox, no hosts, no machines, no networks. */
export type ExistingClusterHouse = DeepReadonly<z.output<typeof existingConfigSchema>>;

/**
 * The checked configuration of one house: plain data, complete with its defaults, frozen. It holds no secret. What only
 * a house with machines has is reached behind {@link hasMachines}.
 */
export type HomelabConfig = MachineHouse | ExistingClusterHouse;

/** Whether the house builds its cluster on machines of its own. */
export function hasMachines(config: HomelabConfig): config is MachineHouse {
    return config.cluster.kind === "k3s";
}
