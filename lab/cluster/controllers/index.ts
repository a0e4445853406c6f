import type { KubeClient } from "../../kube/client";
import type { K3sConfig } from "../boot/k3s-config";

export interface ControllerOptions {
    readonly client: KubeClient;
    readonly config: K3sConfig;
    /** File with Traefik's custom resource definitions. */
    readonly traefikCrds: string;
    readonly log: (line: string) => void;
}

/** The small controllers that stand for what k3s, CSI drivers and load balancers do. */
export interface Controllers {
    stop(): void;
}

export async function startControllers(_options: ControllerOptions): Promise<Controllers> {
    return { stop: () => undefined };
}
