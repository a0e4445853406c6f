import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import type { Operator } from "../../operators";
import type { BodyFactory } from "../body";
import type { K3sConfig } from "../boot/k3s-config";
import { CertificateController } from "../certificates";
import { forgetNodePassword } from "../node-passwords";
import { installPackaged } from "../packaged";
import { startStorageControllers, type StorageFolders } from "../storage/control";
import { MetalLb } from "./metallb";
import { PostgresClusters } from "./postgres-clusters";
import { ServiceLb, type LoadBalancerNode, type Service } from "./service-lb";
import { KUBE_VIP, VirtualAddress, type KubeVipPod, type VirtualAddressOptions } from "./virtual-address";

export interface ControllerOptions {
    readonly client: KubeClient;
    readonly config: K3sConfig;
    /** File with Traefik's custom resource definitions. */
    readonly traefikCrds: string;
    /** Where volumes' bytes lie; default nowhere: without containers nobody writes any. */
    readonly folders?: StorageFolders;
    /** What the machines are made of; default `simulated`. */
    readonly bodies?: BodyFactory["kind"];
    /** Those of the house whose programs run where containers do, and are stood in for elsewhere; default: none. */
    readonly operators?: readonly Operator[];
    /** Where the API server answers, and since when the power of which nodes is on; default: the servers share no address. */
    readonly virtual?: Pick<VirtualAddressOptions, "doors" | "onSince">;
    readonly log: (line: string) => void;
}

/** The small controllers that stand for what k3s, CSI drivers, load balancers and cert-manager do. */
export interface Controllers {
    /** Applies the manifests on a server's disk, contents by path below its folder; faults are logged. */
    deployManifests(files: Readonly<Record<string, string>>): Promise<void>;
    /** A server was switched on or off. */
    serversChanged(): void;
    stop(): void;
}

/** Installs k3s' packaged objects and starts the controllers. */
export async function startControllers(options: ControllerOptions): Promise<Controllers> {
    const { client, config, folders, log, traefikCrds, bodies = "simulated", operators = [], virtual } = options;
    const stopped = new AbortController();
    const { signal } = stopped;
    const packaged = await installPackaged({ client, config, traefikCrds, bodies, signal, log });
    const on = <T extends KubeObject>(
        path: string,
        changed: (object: T) => Promise<void> | void,
        deleted: (object: T) => Promise<void> | void = () => undefined,
    ) => void follow<T>({ client, path, signal, log, changed, deleted });
    startStorageControllers({ client, signal, log, ...(folders && { folders }) });
    void new CertificateController({ client, signal, log }).run();
    if (bodies === "simulated" && operators.includes("cloudnative-pg"))
        void new PostgresClusters({ client, signal, log }).run();
    const balancer = config.disabled.includes("servicelb") ? undefined : new ServiceLb(client);
    if (balancer) on<Service>("/api/v1/services", (service) => balancer.serviceChanged(service));
    // Two would fight over each Service: where containers run, MetalLB's own does.
    else if (bodies === "simulated") void new MetalLb({ client, signal, log }).run();
    on<LoadBalancerNode>(
        "/api/v1/nodes",
        async (node) => {
            await packaged.nodeChanged(node);
            await balancer?.nodeChanged(node);
        },
        async (node) => {
            await packaged.nodeDeleted(node);
            await balancer?.nodeDeleted(node);
            await forgetNodePassword(client, node.metadata.name ?? "");
        },
    );
    const address = virtual && new VirtualAddress({ ...virtual, signal, log });
    if (address)
        void follow<KubeVipPod>({
            ...{ client, path: `/api/v1/namespaces/${KUBE_VIP.namespace}/pods`, signal, log },
            query: { labelSelector: KUBE_VIP.labelSelector },
            changed: (pod) => address.podChanged(pod),
            deleted: (pod) => address.podDeleted(pod),
        });
    return {
        deployManifests: (files) => packaged.deploy(files),
        serversChanged: () => void address?.settle(),
        stop: () => stopped.abort(),
    };
}
