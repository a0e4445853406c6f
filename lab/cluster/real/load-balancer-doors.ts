import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { reasonOf } from "../../reason";
import { hostAddress, type Endpoint } from "./addresses";
import type { Gateway } from "./gateway";

interface Service extends KubeObject {
    spec: { type?: string; ports?: { port: number; protocol?: string }[] };
    status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

export interface DoorsOptions {
    readonly client: KubeClient;
    readonly gateway: Gateway;
    readonly slot: number;
    readonly log: (line: string) => void;
}

/**
 * Opens a port on the host for each address of a Service of type LoadBalancer, so that a browser beside the lab reaches
 * what the house's network would reach: `192.168.20.31:80` is `127.<slot>.20.31:80`.
 */
export class LoadBalancerDoors {
    private readonly stopped = new AbortController();
    /** Open doors of each service, by its uid. */
    private readonly open = new Map<string, readonly Endpoint[]>();

    constructor(private readonly options: DoorsOptions) {
        void follow<Service>({
            client: options.client,
            path: "/api/v1/services",
            signal: this.stopped.signal,
            changed: (service) => this.set(service.metadata.uid ?? "", wanted(service)),
            deleted: (service) => this.set(service.metadata.uid ?? "", []),
            log: options.log,
        });
    }

    stop(): void {
        this.stopped.abort();
        for (const uid of [...this.open.keys()]) void this.set(uid, []);
    }

    private async set(uid: string, endpoints: readonly Endpoint[]): Promise<void> {
        const { gateway, slot, log } = this.options;
        const before = this.open.get(uid) ?? [];
        this.open.set(uid, endpoints);
        const same = (one: Endpoint) => (other: Endpoint) => one.address === other.address && one.port === other.port;
        const onHost = ({ address, port }: Endpoint) => ({ address: hostAddress(address, slot), port });
        for (const gone of before.filter((each) => !endpoints.some(same(each)))) await gateway.withdraw(onHost(gone));
        for (const fresh of endpoints.filter((each) => !before.some(same(each))))
            await gateway
                .expose(onHost(fresh), fresh)
                .catch((error: unknown) => log(`${onHost(fresh).address}:${fresh.port}: ${reasonOf(error)}`));
    }
}

function wanted({ metadata, spec, status }: Service): Endpoint[] {
    if (spec.type !== "LoadBalancer" || metadata.deletionTimestamp !== undefined) return [];
    const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
    const ports = (spec.ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
    return addresses.flatMap((address) => ports.map(({ port }) => ({ address, port })));
}
