import { API_PORT } from "../control-plane/options";
import { parseJoinToken } from "./join-token";
import type { K3sConfig } from "./k3s-config";

/** What a joining machine is held against. */
export interface ClusterFacts {
    /** Whether the API server answers at an address now. */
    readonly answers: (address: string) => boolean;
    /** Names and addresses in the API server's certificate. */
    readonly names: readonly string[];
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
    const [host, port] = endpoint(server);
    // A name has no address here: one in the certificate leads to the API server.
    const isThere = cluster.answers(host) || (cluster.names.includes(host) && !isAddress(host));
    if (port !== String(API_PORT) || !isThere)
        return `level=error msg="failed to get CA certs: Get \\"${server}/cacerts\\": dial tcp ${host}:${port}: connect: connection refused"`;
    if (!cluster.names.includes(host))
        return `level=error msg="failed to validate connection to cluster at ${server}: tls: failed to verify certificate: x509: certificate is valid for ${cluster.names.join(", ")}, not ${host}"`;
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

/** Host and port of a URL; a text that is none is the host. */
function endpoint(server: string): [string, string] {
    try {
        const url = new URL(server);
        return [url.hostname, url.port || "443"];
    } catch {
        return [server, ""];
    }
}

function isAddress(host: string): boolean {
    return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
