import type { CallContext } from "../kit/provider";
import { Cluster } from "./cluster";
import type { Tree } from "./object";
import type { Settings } from "./settings";

/** What one configured provider instance remembers between calls. */
export class Session {
    readonly cluster: Cluster;
    private readonly said = new Set<string>();
    private readonly results = new Map<string, { readonly request: string; readonly object: Tree }>();

    constructor(readonly settings: Settings) {
        this.cluster = Cluster.open(settings);
    }

    /** Whether the kubeconfig is only known once other resources exist: nothing can be asked, and nothing is wrong. */
    get isUnknown(): boolean {
        return this.settings.kubeconfig === undefined;
    }

    /** Whether the API server can be asked. The first call that finds it away says so, once for all resources. */
    async isReachable(context: CallContext): Promise<boolean> {
        if (this.isUnknown) return false;
        const reason = await this.cluster.unreachable();
        if (reason !== undefined)
            this.warnOnce(context, reason, `${reason}; changes are shown without asking the API server about them`);
        return reason === undefined;
    }

    /** @throws Error when the API server is away, naming what cannot be done to which object. */
    async requireReachable(action: string): Promise<void> {
        const reason = await this.cluster.unreachable();
        if (reason !== undefined)
            throw new Error(
                `${action}: ${reason} (asked when the provider was configured); start the cluster, ` +
                    `or let the provider depend on what starts it`,
            );
    }

    warnOnce(context: CallContext, key: string, message: string): void {
        if (this.said.has(key)) return;
        this.said.add(key);
        context.log("warning", message);
    }

    /** The API server's warnings about what was sent, each once for a resource. */
    warningsFor(context: CallContext): (text: string) => void {
        return (text) => {
            if (this.settings.suppressDeprecationWarnings && text.includes("deprecated")) return;
            this.warnOnce(context, `${context.urn} ${text}`, text);
        };
    }

    /** Keeps the outcome of a dry run, so that the preview that follows need not ask again. */
    remember(urn: string, request: Tree, object: Tree): void {
        this.results.set(urn, { request: JSON.stringify(request), object });
    }

    recall(urn: string, request: Tree): Tree | undefined {
        const result = this.results.get(urn);
        return result?.request === JSON.stringify(request) ? result.object : undefined;
    }
}
