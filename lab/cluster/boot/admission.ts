import { parseJoinToken } from "./join-token";
import type { K3sConfig } from "./k3s-config";

/** What a joining machine is held against. */
export interface ClusterFacts {
    /** `https://address:6443` of the API server. */
    readonly url: string;
    /** Further names and addresses under which the API server answers. */
    readonly tlsSans: readonly string[];
    readonly caHash: string;
    /** Configuration of the server that started the cluster. */
    readonly config: K3sConfig;
}

/**
 * What k3s would refuse about a machine that wants to join; pure.
 * @returns the line of k3s' log, or `undefined` when the machine may join.
 */
export function refusal(candidate: K3sConfig, cluster: ClusterFacts): string | undefined {
    const server = candidate.server;
    if (server === undefined) return 'level=fatal msg="--server is required"';
    if (!names(server, cluster))
        return `level=error msg="failed to get CA certs: Get \\"${server}/cacerts\\": dial tcp ${hostPort(server)}: connect: connection refused"`;
    if (candidate.token === undefined) return 'level=fatal msg="--token is required"';
    const token = parseJoinToken(candidate.token);
    if (token.caHash !== undefined && token.caHash !== cluster.caHash)
        return `level=error msg="failed to validate connection to cluster at ${server}: token CA hash does not match the Cluster CA certificate hash: ${token.caHash} != ${cluster.caHash}"`;
    const passwords = acceptedPasswords(candidate.role, cluster.config);
    if (!passwords.includes(token.password))
        return `level=error msg="failed to validate connection to cluster at ${server}: not authorized" (the token is not the one of this cluster's ${candidate.role}s)`;
    return candidate.role === "server" ? criticalMismatch(candidate, cluster.config) : undefined;
}

function acceptedPasswords(role: K3sConfig["role"], config: K3sConfig): string[] {
    const tokens = role === "server" ? [config.token] : [config.agentToken, config.token];
    return tokens.flatMap((token) => (token === undefined ? [] : [parseJoinToken(token).password]));
}

function criticalMismatch(candidate: K3sConfig, first: K3sConfig): string | undefined {
    const keys = [...new Set([...Object.keys(candidate.critical), ...Object.keys(first.critical)])].sort();
    const different = keys.filter((key) => candidate.critical[key] !== first.critical[key]);
    if (different.length === 0) return undefined;
    return `level=fatal msg="starting kubernetes: preparing server: failed to validate server configuration: critical configuration value mismatch between servers: ${different.join(", ")}"`;
}

function names(server: string, cluster: ClusterFacts): boolean {
    if (server.replace(/\/+$/, "") === cluster.url) return true;
    const port = new URL(cluster.url).port;
    return cluster.tlsSans.some((name) => hostPort(server) === `${name}:${port}`);
}

function hostPort(server: string): string {
    try {
        const url = new URL(server);
        return `${url.hostname}:${url.port || "443"}`;
    } catch {
        return server;
    }
}
