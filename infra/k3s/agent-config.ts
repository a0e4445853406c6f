import { nodeSettings, type K3sSettings, type NodeSettings } from "./node-settings";

export interface AgentSettings {
    readonly node: NodeSettings;
    /** `https://<server>:6443`. */
    readonly serverUrl: string;
    /** Full token of an agent. */
    readonly token: string;
}

/** `/etc/rancher/k3s/config.yaml` of an agent (`k3s-io/docs:docs/cli/agent.md`). */
export function agentConfig(settings: AgentSettings): K3sSettings {
    return { server: settings.serverUrl, token: settings.token, ...nodeSettings(settings.node) };
}
