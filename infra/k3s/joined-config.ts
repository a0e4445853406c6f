import type { JoinedNode } from "../inventory";
import { yaml } from "./guest-files";
import { nodeMarks } from "./node-settings";

/**
 * `/etc/rancher/k3s/config.yaml` of a node that somebody else runs: what makes it join this cluster, as itself, and get
 * only what asks for it. Holds a token: keep it secret.
 */
export function joinedConfig(node: JoinedNode, serverUrl: string, token: string): string {
    return yaml({ server: serverUrl, token, ...nodeMarks(node) });
}
