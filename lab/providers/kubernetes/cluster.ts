import { KubeClient, KubeError, type KubeRequest, KubeUnreachableError } from "../../kube/client";
import { pause } from "../../pause";
import { reasonOf } from "../../reason";
import { type KubeKind, readKinds } from "./discovery";
import type { Settings } from "./settings";

/** An unreachable API server is found out within this time, once for each provider instance. */
const connectTimeoutMs = 3_000;
const throttledRetries = 5;

/** The API server as one provider instance sees it: whether it answers, and which kinds it knows. */
export class Cluster {
    private reason: Promise<string | undefined> | undefined;
    private readonly kinds = new Map<string, Promise<readonly KubeKind[]>>();

    private constructor(
        private readonly client: KubeClient | undefined,
        private readonly invalid: string | undefined,
    ) {}

    /** A kubeconfig that cannot be used makes a cluster that is unreachable for this reason. */
    static open(settings: Settings): Cluster {
        if (settings.kubeconfig === undefined)
            return new Cluster(undefined, "no kubeconfig is known; give the provider its kubeconfig");
        try {
            return new Cluster(KubeClient.fromKubeconfig(settings.kubeconfig, settings.context), undefined);
        } catch (error) {
            return new Cluster(undefined, reasonOf(error));
        }
    }

    /** Why the API server cannot be used; `undefined` when it can. The first call asks, the others remember. */
    unreachable(): Promise<string | undefined> {
        this.reason ??= this.probe();
        return this.reason;
    }

    private async probe(): Promise<string | undefined> {
        if (!this.client) return this.invalid;
        try {
            await this.client.get("/version", { timeoutMs: connectTimeoutMs });
            return undefined;
        } catch (error) {
            if (error instanceof KubeUnreachableError) return error.message;
            // An answer such as "403 Forbidden" to this path says that somebody is there.
            if (error instanceof KubeError && error.status !== 401) return undefined;
            return `the Kubernetes API server at ${this.client.server} refuses the kubeconfig's credentials`;
        }
    }

    /** @throws KubeError, KubeUnreachableError. A throttled request is tried again. */
    async request<T>(method: string, path: string, options: KubeRequest = {}): Promise<T> {
        const client = this.connected();
        for (let attempt = 1; ; attempt++) {
            try {
                return await client.request<T>(method, path, options);
            } catch (error) {
                // Whoever comes next finds out quickly whether it is still away.
                if (error instanceof KubeUnreachableError) this.reason = undefined;
                const throttled = error instanceof KubeError && error.status === 429 && method !== "DELETE";
                if (!throttled || attempt > throttledRetries) throw error;
                await pause(200 * attempt, options.signal);
            }
        }
    }

    /** Gives `undefined` where the object is not there. */
    async find<T>(path: string, options: KubeRequest = {}): Promise<T | undefined> {
        try {
            return await this.request<T>("GET", path, options);
        } catch (error) {
            if (error instanceof KubeError && error.status === 404) return undefined;
            throw error;
        }
    }

    /** @see KubeClient.watch */
    watch(path: string, signal: AbortSignal, query: Readonly<Record<string, string | undefined>>) {
        return this.connected().watch(path, undefined, signal, query);
    }

    /** Gives `undefined` while no such kind is defined; that answer is not remembered. */
    async kindOf(apiVersion: string, kind: string): Promise<KubeKind | undefined> {
        const known = this.kinds.get(apiVersion);
        const found = (await known)?.find((one) => one.kind === kind);
        if (found) return found;
        const list = readKinds(this.connected(), apiVersion);
        this.kinds.set(apiVersion, list);
        try {
            return (await list).find((one) => one.kind === kind);
        } catch (error) {
            this.kinds.delete(apiVersion);
            throw error;
        }
    }

    close(): void {
        this.client?.close();
    }

    private connected(): KubeClient {
        if (!this.client) throw new Error(this.invalid);
        return this.client;
    }
}
