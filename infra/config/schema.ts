import type { z } from "zod";
import { awsSchema } from "./aws";
import { clusterSchema } from "./cluster";
import { group } from "./field";
import { guestImageSchema } from "./guest-image";
import { hostsSchema } from "./hosts";
import { houseSchema } from "./house";
import { jellyfinSchema } from "./jellyfin";
import { networkSchema } from "./network";
import { proxmoxSchema } from "./proxmox";
import { storageSchema } from "./storage";
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
    jellyfin: jellyfinSchema,
    ups: upsSchema
        .describe("The UPS of the house. Leave it out, and nothing of the house hears of a power failure.")
        .optional(),
    aws: awsSchema.describe("What the house keeps at AWS. Leave it out, and nothing is kept there.").optional(),
} as const;

/** The whole configuration; `z.toJSONSchema` of it is the source of the reference documentation. */
export const configSchema = group("The configuration of a house.", areas);

/** Name of an area. */
export type Area = keyof typeof areas;

/** The configuration before its defaults are filled in: what a stack file may say. */
export type RawHomelabConfig = z.input<typeof configSchema>;

type DeepReadonly<T> = T extends (infer E)[]
    ? readonly DeepReadonly<E>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

/** The checked configuration of one house: plain data, complete with its defaults, frozen. It holds no secret. */
export type HomelabConfig = DeepReadonly<z.output<typeof configSchema>>;
