import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import type { K3sConfig } from "../boot/k3s-config";
import { BlockVolumes, type Attachment, type Claim, type CsiPod, type Volume } from "./block-volumes";
import { installPackaged } from "./packaged";
import { publishAddresses, type Service } from "./service-lb";

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

const CLAIMS = "/api/v1/persistentvolumeclaims";
const VOLUMES = "/api/v1/persistentvolumes";
const ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments";

/** Installs k3s' packaged objects and starts the controllers. */
export async function startControllers(options: ControllerOptions): Promise<Controllers> {
    const { client, config, log } = options;
    await installPackaged(client, config, options.traefikCrds);
    const stopped = new AbortController();
    const on = <T extends KubeObject>(
        path: string,
        changed: (object: T) => Promise<void> | void,
        deleted: (object: T) => Promise<void> | void = () => undefined,
    ) => void follow<T>({ client, path, signal: stopped.signal, log, changed, deleted });
    const volumes = new BlockVolumes(client);
    /** What waited for a driver is not changed by its coming: look at all of it again. */
    const lookAgain = async () => {
        for (const claim of await list<Claim>(client, CLAIMS)) await volumes.provision(claim);
        for (const attachment of await list<Attachment>(client, ATTACHMENTS)) await volumes.attach(attachment);
        for (const volume of await list<Volume>(client, VOLUMES)) await volumes.reclaim(volume);
    };
    on<CsiPod>(
        "/api/v1/pods",
        async (pod) => {
            if (volumes.notePod(pod)) await lookAgain();
        },
        (pod) => void volumes.notePod(pod, true),
    );
    on<Claim>(CLAIMS, (claim) => volumes.provision(claim));
    on<Attachment>(ATTACHMENTS, (attachment) => volumes.attach(attachment));
    on<Volume>(VOLUMES, (volume) => volumes.reclaim(volume));
    if (!config.disabled.includes("servicelb")) {
        on<Service>("/api/v1/services", (service) => publishAddresses(client, service));
        const publishAll = async () => {
            for (const service of await list<Service>(client, "/api/v1/services"))
                await publishAddresses(client, service);
        };
        on("/api/v1/nodes", publishAll, publishAll);
    }
    return { stop: () => stopped.abort() };
}

async function list<T extends KubeObject>(client: KubeClient, path: string): Promise<T[]> {
    return (await client.get<{ items: T[] }>(path)).items;
}
