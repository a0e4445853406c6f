import type { KubeClient, KubeObject } from "../../kube/client";
import { isRecord } from "../../plain-values";

/** One entry of the API server's discovery. */
interface Resource {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
}

/** Applies objects of any kind: where a kind lies, the API server says. */
export class Deployer {
    /** What is served, by `apiVersion`. */
    private readonly served = new Map<string, readonly Resource[]>();

    constructor(
        private readonly client: KubeClient,
        /** Under this name the API server notes who set which field. */
        private readonly fieldManager: string,
    ) {}

    /**
     * Server-side apply; fields that others set are taken over.
     * @throws Error naming a kind that is not served (yet), KubeError for an object that the API server refuses.
     */
    async apply(object: KubeObject): Promise<void> {
        await this.client.apply(await this.pathOf(object), object, this.fieldManager);
    }

    /** Path of one object; an object without a namespace lies in `default`. */
    async pathOf({ apiVersion = "", kind = "", metadata }: KubeObject): Promise<string> {
        const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        const resource = await this.resource(root, kind);
        if (!resource)
            throw new Error(`no matches for kind "${kind}" in version "${apiVersion}": its definition is not there`);
        const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
        return `${root}${namespace}/${resource.name}/${metadata.name ?? ""}`;
    }

    private async resource(root: string, kind: string): Promise<Resource | undefined> {
        const found = this.served.get(root)?.find((one) => one.kind === kind);
        if (found) return found;
        // A definition may have come since the last time.
        const list = await this.client.find<{ resources?: unknown[] }>(root);
        const resources = (list?.resources ?? []).flatMap((one) => (isResource(one) ? [one] : []));
        this.served.set(root, resources);
        return resources.find((one) => one.kind === kind);
    }
}

/** Subresources, such as `pods/status`, are left out. */
function isResource(value: unknown): value is Resource {
    if (!isRecord(value) || typeof value["name"] !== "string" || value["name"].includes("/")) return false;
    return typeof value["kind"] === "string" && typeof value["namespaced"] === "boolean";
}
