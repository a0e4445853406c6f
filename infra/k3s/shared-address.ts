import { ApiError } from "../kube-api";
import type { ApiAccess } from "../kubeconfig";
import { listNodes } from "./api-nodes";
import type { PlannedNode } from "./readiness";

/**
 * Looks for a server that answers at its own address while the one that the servers share does not. That is so where the
 * shared address is new: the servers read it from their disks, which get it at their next cold start.
 *
 * @param access leads to the shared address
 * @param tryMs time for each server, in milliseconds
 * @returns what to do; `undefined` where no server answers, or where there is no shared address
 */
export async function silentSharedAddress(
    access: ApiAccess,
    planned: readonly PlannedNode[],
    tryMs: number,
): Promise<string | undefined> {
    const shared = new URL(access.server).hostname;
    const servers = planned.flatMap((node) => (node.vmId !== undefined && node.role === "server" ? [node] : []));
    if (servers.some(({ address }) => address === shared)) return undefined;
    const answers = await Promise.all(servers.map(({ address }) => isThere(at(access, address), tryMs)));
    const there = servers.find((_, index) => answers[index]);
    if (there === undefined) return undefined;
    const { name, address, host, vmId } = there;
    return (
        `${name} answers at its own address ${address}, and the one that the servers share, ${shared}, does not. A server ` +
        `takes that at its next cold start after its user-data has it; on ${host}: qm shutdown ${vmId} && qm start ${vmId}`
    );
}

function at(access: ApiAccess, address: string): ApiAccess {
    const server = new URL(access.server);
    server.hostname = address;
    return { ...access, server: server.origin };
}

async function isThere(access: ApiAccess, tryMs: number): Promise<boolean> {
    try {
        await listNodes(access, tryMs);
        return true;
    } catch (error) {
        if (error instanceof ApiError) return false;
        throw error;
    }
}
