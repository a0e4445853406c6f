import type { KubeClient, KubeObject } from "../../../../../lab/kube/client";
import { eventually } from "../../../../support/eventually";

const NAMESPACE = "/api/v1/namespaces/default";

/** Objects that kubelets, schedulers and other controllers would write, written by the test in their place. */
export class WrittenCluster {
    constructor(private readonly client: KubeClient) {}

    /** Pods need it, and no controller makes it. */
    async serviceAccount(): Promise<void> {
        const body = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
        await this.client.apply(`${NAMESPACE}/serviceaccounts/default`, body, "test");
    }

    async node(name: string, zone: string, diskGiB: number): Promise<void> {
        const labels = { "topology.kubernetes.io/zone": zone };
        await this.client.request("POST", "/api/v1/nodes", {
            body: { apiVersion: "v1", kind: "Node", metadata: { name, labels } },
        });
        await this.nodeStatus(name, { capacity: { "ephemeral-storage": `${diskGiB}Gi` } });
        await this.nodeReady(name, "True");
    }

    nodeReady(name: string, status: "True" | "Unknown"): Promise<void> {
        return this.nodeStatus(name, { conditions: [{ type: "Ready", status }] });
    }

    async nodeStatus(name: string, status: object): Promise<void> {
        await this.patch(`/api/v1/nodes/${name}/status`, { status });
    }

    /** A pod of a chart that is ready at once. */
    async pluginPod(name: string, nodeName: string, annotations: Record<string, string>): Promise<void> {
        await this.pod({ name, annotations }, nodeName);
    }

    async pod(metadata: KubeObject["metadata"], nodeName: string, claimName?: string): Promise<void> {
        const volumes = claimName === undefined ? [] : [{ name: "data", persistentVolumeClaim: { claimName } }];
        const containers = [{ name: "main", image: "example.org/main:1" }];
        await this.client.request("POST", `${NAMESPACE}/pods`, {
            body: { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName, containers, volumes } },
        });
        const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
        await this.patch(`${NAMESPACE}/pods/${metadata.name ?? ""}/status`, { status });
    }

    async storageClass(name: string, provisioner: string, parameters: Record<string, string>): Promise<void> {
        const body = {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name },
            provisioner,
            parameters,
        };
        await this.client.request("POST", "/apis/storage.k8s.io/v1/storageclasses", { body });
    }

    /** @returns the name that its volume gets. */
    async claim(name: string, storageClassName: string, storage: string, mode = "ReadWriteOnce"): Promise<string> {
        const spec = { storageClassName, accessModes: [mode], resources: { requests: { storage } } };
        const body = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec };
        const made = await this.client.request("POST", `${NAMESPACE}/persistentvolumeclaims`, { body });
        return `pvc-${made.metadata.uid ?? ""}`;
    }

    async bind(claim: string, volume: string): Promise<void> {
        await this.patch(`${NAMESPACE}/persistentvolumeclaims/${claim}`, { spec: { volumeName: volume } });
    }

    async attachment(name: string, volume: string, nodeName: string): Promise<void> {
        const spec = { attacher: "driver.longhorn.io", nodeName, source: { persistentVolumeName: volume } };
        const body = { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name }, spec };
        await this.client.request("POST", "/apis/storage.k8s.io/v1/volumeattachments", { body });
    }

    async settings(text: string): Promise<void> {
        const metadata = { name: "longhorn-default-setting" };
        const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "default-setting.yaml": text } };
        await this.client.apply(`${NAMESPACE}/configmaps/${metadata.name}`, body, "test");
    }

    async patch(path: string, body: object): Promise<void> {
        await this.client.request("PATCH", path, { contentType: "application/merge-patch+json", body });
    }

    gone(path: string): Promise<boolean> {
        return eventually(`${path} is gone`, async () => (await this.client.find(path)) === undefined);
    }

    /** Waits for an event about a claim. */
    event(about: string, pattern: RegExp): Promise<string> {
        return eventually(`an event about ${about} says ${pattern.source}`, async () => {
            const { items } = await this.client.get<{ items: (KubeObject & { reason?: string; message?: string })[] }>(
                `${NAMESPACE}/events`,
                { query: { fieldSelector: `involvedObject.name=${about}` } },
            );
            return items
                .map(({ reason = "", message = "" }) => `${reason}: ${message}`)
                .find((text) => pattern.test(text));
        });
    }
}
