import type { KubeClient, KubeObject } from "../../../kube/client";

/** Writes events about objects; the same message about the same object once only. */
export class Events {
    private readonly told = new Map<string, string>();

    constructor(private readonly client: KubeClient) {}

    /** A warning about a claim, from a driver's provisioner. */
    async warn(about: KubeObject, reason: string, message: string, component: string): Promise<void> {
        const { namespace = "default", name = "", uid = "" } = about.metadata;
        if (this.told.get(uid) === message) return;
        this.told.set(uid, message);
        const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        await this.client.request("POST", `/api/v1/namespaces/${namespace}/events`, {
            body: {
                apiVersion: "v1",
                kind: "Event",
                metadata: { generateName: `${name}.`, namespace },
                involvedObject: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
                source: { component },
                ...{ type: "Warning", reason, message, firstTimestamp: now, lastTimestamp: now, count: 1 },
            },
        });
    }

    forget(about: KubeObject): void {
        this.told.delete(about.metadata.uid ?? "");
    }
}
