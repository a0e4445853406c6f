import { publicFile, yaml, type GuestFile } from "./guest-files";

/**
 * Registries whose images nodes fetch from each other before they ask the registry (k3s' embedded mirror, Spegel), so
 * that an outage or a limit of theirs stops no pod that has run anywhere in the house. Public ones only: what one node
 * has pulled, every node gets without credentials.
 */
export const MIRRORED_REGISTRIES = [
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "lscr.io",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.k8s.io",
] as const;

/** Read by k3s when it starts, on every node. */
export function registriesFile(): GuestFile {
    // No endpoint of its own: the mirror is put before the registry itself, which stays the last resort.
    const mirrors = Object.fromEntries(MIRRORED_REGISTRIES.map((registry) => [registry, {}]));
    return publicFile("/etc/rancher/k3s/registries.yaml", yaml({ mirrors }));
}
