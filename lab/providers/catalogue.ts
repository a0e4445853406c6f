import type { ProviderFactory } from "./kit/provider";

/** One plugin that the lab stands in for. */
export interface CatalogueEntry {
    /** The SDK whose version decides which version of the plugin the engine asks for. */
    readonly npmPackage: string;
    /** Imported on first use, so that a host starts at once and pays only for the plugins in use. */
    readonly load: () => Promise<ProviderFactory>;
}

/** Plugins by the name that the engine uses for them. */
export type Catalogue = Readonly<Record<string, CatalogueEntry>>;

export const catalogue: Catalogue = {
    aws: {
        npmPackage: "@pulumi/aws",
        load: async () => (await import("./aws/index.js")).createProvider,
    },
    kubernetes: {
        npmPackage: "@pulumi/kubernetes",
        load: async () => (await import("./kubernetes/index.js")).createProvider,
    },
    proxmoxve: {
        npmPackage: "@muhlba91/pulumi-proxmoxve",
        load: async () => (await import("./proxmoxve/index.js")).createProvider,
    },
    random: {
        npmPackage: "@pulumi/random",
        load: async () => (await import("./random/index.js")).createProvider,
    },
    tls: {
        npmPackage: "@pulumi/tls",
        load: async () => (await import("./tls/index.js")).createProvider,
    },
};
