import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import type { BodyFactory } from "../body";
import type { K3sConfig } from "../boot/k3s-config";
import { installPackaged } from "../packaged";
import { BlockVolumes, type Attachment, type Claim, type CsiPod, type Volume } from "./block-volumes";
import { ServiceLb, type LoadBalancerNode, type Service } from "./service-lb";

export interface ControllerOptions {
    readonly client: KubeClient;
    readonly config: K3sConfig;
    /** File with Traefik's custom resource definitions. */
    readonly traefikCrds: string;
    /** What the machines are made of; default `simulated`. */
    readonly bodies?: BodyFactory["kind"];
    readonly log: (line: string) => void;
}

/** The small controllers that stand for what k3s, CSI drivers and load balancers do. */
export interface Controllers {
    /** Applies the manifests on a server's disk, contents by path below its folder; faults are logged. */
    deployManifests(files: Readonly<Record<string, string>>): Promise<void>;
    stop(): void;
}

const CLAIMS = "/api/v1/persistentvolumeclaims";
const VOLUMES = "/api/v1/persistentvolumes";
const ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments";

/** Installs k3s' packaged objects and starts the controllers. */
export async function startControllers(options: ControllerOptions): Promise<Controllers> {
    const { client, config, log, traefikCrds, bodies = "simulated" } = options;
    const stopped = new AbortController();
    const { signal } = stopped;
    const packaged = await installPackaged({ client, config, traefikCrds, bodies, signal, log });
    const on = <T extends KubeObject>(
        path: string,
        changed: (object: T) => Promise<void> | void,
        deleted: (object: T) => Promise<void> | void = () => undefined,
    ) => void follow<T>({ client, path, signal, log, changed, deleted });
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
    const balancer = config.disabled.includes("servicelb") ? undefined : new ServiceLb(client);
    if (balancer) on<Service>("/api/v1/services", (service) => balancer.serviceChanged(service));
    on<LoadBalancerNode>(
        "/api/v1/nodes",
        async (node) => {
            await packaged.nodeChanged(node);
            await balancer?.nodeChanged(node);
        },
        async (node) => {
            await packaged.nodeDeleted(node);
            await balancer?.nodeDeleted(node);
        },
    );
    return { deployManifests: (files) => packaged.deploy(files), stop: () => stopped.abort() };
}

async function list<T extends KubeObject>(client: KubeClient, path: string): Promise<T[]> {
    return (await client.get<{ items: T[] }>(path)).items;
}
