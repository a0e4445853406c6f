import { randomBytes } from "node:crypto";
import { CONTROLLER_LABELS, MEMBERLIST_KEY, MEMBERLIST_VARIABLE } from "../../charts/metallb";
import type { KubeClient, KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { pause } from "../../pause";
import { reasonOf } from "../../reason";
import { isBalanced, publishAddresses, type Service } from "./service-lb";

export interface MetalLbOptions {
    readonly client: KubeClient;
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

interface Pool extends KubeObject {
    spec: { addresses: string[]; autoAssign?: boolean };
}

interface Deployment extends KubeObject {
    spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } };
    status?: { readyReplicas?: number };
}

const SERVICES = "/api/v1/services";
const DEPLOYMENTS = "/apis/apps/v1/deployments";
const POOLS = "/apis/metallb.io/v1beta1/ipaddresspools";
/** Annotation by which a Service asks for an address of its choice. */
const WANTED = "metallb.io/loadBalancerIPs";
const LOOK_MS = 500;
const OF_CONTROLLER = Object.entries(CONTROLLER_LABELS)
    .map(([key, value]) => `${key}=${value}`)
    .join();

/**
 * What MetalLB's controller does, for machines without containers: each Service of type LoadBalancer gets an address of a
 * pool for as long as the chart's pod is ready, and speakers get their common key. Nobody announces an address.
 */
export class MetalLb {
    private changed = true;
    private told = new Set<string>();

    constructor(private readonly options: MetalLbOptions) {}

    /** Ends with the signal. */
    async run(): Promise<void> {
        const { client, signal, log } = this.options;
        // The kind comes with the chart.
        const served = () => client.find(POOLS).catch(() => undefined);
        while (!signal.aborted && !(await served())) await pause(LOOK_MS * 4, signal);
        const note = () => void (this.changed = true);
        for (const path of [SERVICES, DEPLOYMENTS, POOLS])
            void follow<KubeObject>({
                ...{ client, path, signal, log, changed: note, deleted: note },
                ...(path === DEPLOYMENTS && { query: { labelSelector: OF_CONTROLLER } }),
            });
        const isOver = () => signal.aborted;
        while (!isOver()) {
            try {
                if (this.changed) await this.look();
            } catch (error) {
                this.changed = true;
                if (!isOver()) this.tell(reasonOf(error));
            }
            await pause(LOOK_MS, signal);
        }
    }

    /** Gives an address to each Service that has none, or another one than it asks for. */
    async look(): Promise<void> {
        this.changed = false;
        const { client } = this.options;
        const query = { labelSelector: OF_CONTROLLER };
        const { items: deployments } = await client.get<{ items: Deployment[] }>(DEPLOYMENTS, { query });
        const controller = deployments.find(({ status }) => (status?.readyReplicas ?? 0) > 0);
        if (!controller) return;
        await this.makeKey(controller);
        const { items: pools } = await client.get<{ items: Pool[] }>(POOLS);
        const { items } = await client.get<{ items: Service[] }>(SERVICES);
        const services = items.filter(isBalanced);
        const taken = new Set(services.flatMap((service) => addressOf(service) ?? []));
        for (const service of services) {
            const address = chosen(service, pools, taken);
            if (address === undefined) this.tell(`no address for ${service.metadata.name ?? ""}`);
            if (address === undefined || address === addressOf(service)) continue;
            taken.add(address);
            await publishAddresses(client, service, [address]);
        }
    }

    /** The key of the speakers, which go with their controller. */
    private async makeKey({ metadata, spec }: Deployment): Promise<void> {
        const { client } = this.options;
        const env = spec.template.spec.containers.flatMap((container) => container.env ?? []);
        const secret = env.find(({ name }) => name === MEMBERLIST_VARIABLE)?.value;
        const path = `/api/v1/namespaces/${metadata.namespace ?? ""}/secrets`;
        if (secret === undefined || (await client.find(`${path}/${secret}`))) return;
        const { name, uid } = metadata;
        const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name, uid }];
        const data = { [MEMBERLIST_KEY]: randomBytes(32).toString("base64") };
        await client.request("POST", path, { body: { metadata: { name: secret, ownerReferences }, data } });
    }

    private tell(line: string): void {
        if (this.told.has(line)) return;
        this.told.add(line);
        this.options.log(`metallb: ${line}`);
    }
}

function addressOf({ status }: Service): string | undefined {
    return status?.loadBalancer?.ingress?.[0]?.ip;
}

function chosen(service: Service, pools: readonly Pool[], taken: ReadonlySet<string>): string | undefined {
    const wanted = service.metadata.annotations?.[WANTED];
    const current = addressOf(service);
    const has = (pool: Pool, address: string) => pool.spec.addresses.some((range) => inside(range, address));
    if (wanted !== undefined) {
        const isFree = wanted === current || !taken.has(wanted);
        return isFree && pools.some((pool) => has(pool, wanted)) ? wanted : undefined;
    }
    const open = pools.filter(({ spec }) => spec.autoAssign !== false);
    if (current !== undefined && open.some((pool) => has(pool, current))) return current;
    return open.flatMap(({ spec }) => spec.addresses.flatMap(addressesOf)).find((address) => !taken.has(address));
}

function numberOf(address: string): number {
    return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** First and last address of `<first>-<last>`, or of a network in CIDR notation. */
function bounds(range: string): readonly [number, number] {
    const [start = "", prefix] = range.split("/");
    if (prefix !== undefined) return [numberOf(start), numberOf(start) + 2 ** (32 - Number(prefix)) - 1];
    const [first = "", last = first] = range.split("-");
    return [numberOf(first), numberOf(last)];
}

function inside(range: string, address: string): boolean {
    const [first, last] = bounds(range);
    return numberOf(address) >= first && numberOf(address) <= last;
}

function addressesOf(range: string): string[] {
    const [first, last] = bounds(range);
    const text = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
    return Array.from({ length: last - first + 1 }, (_, index) => text(first + index));
}
