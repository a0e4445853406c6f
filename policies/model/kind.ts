import { kubernetesType } from "./subject";

/**
 * Which types a rule looks at.
 * @param kinds kinds of Kubernetes objects, of whatever API group; whole type tokens for resources of other providers
 */
export function isKind(...kinds: readonly string[]): (token: string) => boolean {
    const wanted: ReadonlySet<string> = new Set(kinds);
    return (token) => wanted.has(kubernetesType(token)?.kind ?? token);
}
