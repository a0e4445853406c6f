import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubeClient, KubeObject } from "../../kube/client";
import { isRecord } from "../../plain-values";
import type { K3sConfig } from "../boot/k3s-config";

const FIELD_MANAGER = "deploy@k3s";
const CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Installs what k3s brings along, but for what its configuration disables. */
export async function installPackaged(client: KubeClient, config: K3sConfig, traefikCrds: string): Promise<void> {
    const enabled = (name: string) => !config.disabled.includes(name);
    const apply = (path: string, body: KubeObject) =>
        client.apply(`${path}/${body.metadata.name ?? ""}`, body, FIELD_MANAGER);
    const system = "/api/v1/namespaces/kube-system";
    const apps = "/apis/apps/v1/namespaces/kube-system";
    for (const crd of helmDefinitions()) await apply(CRD_PATH, crd);
    if (enabled("coredns")) {
        await apply(
            `${apps}/deployments`,
            deployment("coredns", "rancher/mirrored-coredns-coredns:1.14.4", { "k8s-app": "kube-dns" }),
        );
        await apply(`${system}/services`, dnsService(config.clusterDns));
    }
    if (enabled("metrics-server"))
        await apply(
            `${apps}/deployments`,
            deployment("metrics-server", "rancher/mirrored-metrics-server:v0.8.1", { "k8s-app": "metrics-server" }),
        );
    if (enabled("local-storage")) {
        await apply(
            `${apps}/deployments`,
            deployment("local-path-provisioner", "rancher/local-path-provisioner:v0.0.35", {
                app: "local-path-provisioner",
            }),
        );
        await apply("/apis/storage.k8s.io/v1/storageclasses", localPathClass());
    }
    if (enabled("traefik")) {
        for (const crd of definitionsIn(traefikCrds)) await apply(CRD_PATH, crd);
        const labels = { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-kube-system" };
        await apply(`${apps}/deployments`, deployment("traefik", "rancher/mirrored-library-traefik:3.7.4", labels));
        await apply(`${system}/services`, traefikService(labels));
    }
}

function definitionsIn(file: string): KubeObject[] {
    return parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => {
        const object: unknown = document.toJS();
        return isDefinition(object) ? [object] : [];
    });
}

function isDefinition(object: unknown): object is KubeObject {
    return isRecord(object) && object["kind"] === "CustomResourceDefinition";
}

function deployment(name: string, image: string, labels: Record<string, string>): KubeObject {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    tolerations: [
                        { key: "CriticalAddonsOnly", operator: "Exists" },
                        { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
                    ],
                    containers: [{ name, image }],
                },
            },
        },
    };
}

function dnsService(clusterIP: string): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", labels: { "k8s-app": "kube-dns" } },
        spec: {
            clusterIP,
            selector: { "k8s-app": "kube-dns" },
            ports: [
                { name: "dns", port: 53, protocol: "UDP" },
                { name: "dns-tcp", port: 53, protocol: "TCP" },
            ],
        },
    };
}

function traefikService(selector: Record<string, string>): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "traefik", labels: selector },
        spec: {
            type: "LoadBalancer",
            selector,
            ports: [
                { name: "web", port: 80, targetPort: 8000, protocol: "TCP" },
                { name: "websecure", port: 443, targetPort: 8443, protocol: "TCP" },
            ],
        },
    };
}

function localPathClass(): KubeObject {
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "rancher.io/local-path",
        reclaimPolicy: "Delete",
        volumeBindingMode: "WaitForFirstConsumer",
    };
}

/** `HelmChart` and `HelmChartConfig`, by which k3s' packaged charts are configured; their contents are not checked. */
function helmDefinitions(): KubeObject[] {
    return [
        { kind: "HelmChart", plural: "helmcharts" },
        { kind: "HelmChartConfig", plural: "helmchartconfigs" },
    ].map(({ kind, plural }) => ({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.helm.cattle.io` },
        spec: {
            group: "helm.cattle.io",
            scope: "Namespaced",
            names: { kind, plural, singular: kind.toLowerCase() },
            versions: [
                {
                    name: "v1",
                    served: true,
                    storage: true,
                    schema: {
                        openAPIV3Schema: {
                            type: "object",
                            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
                        },
                    },
                },
            ],
        },
    }));
}
