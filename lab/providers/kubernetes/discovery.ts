import { type KubeClient, KubeError } from "../../kube/client";

/** A kind that the API server serves. */
export interface KubeKind {
    readonly apiVersion: string;
    readonly kind: string;
    readonly plural: string;
    readonly namespaced: boolean;
}

interface ResourceList {
    readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** The kinds of one group and version; none where the API server does not know it. */
export async function readKinds(client: KubeClient, apiVersion: string): Promise<readonly KubeKind[]> {
    try {
        const list = await client.get<ResourceList>(root(apiVersion));
        return (list.resources ?? [])
            .filter((resource) => !resource.name.includes("/"))
            .map(({ name, kind, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }));
    } catch (error) {
        if (error instanceof KubeError && error.status === 404) return [];
        throw error;
    }
}

function root(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of the objects of one kind, in one namespace or (without one) in all. */
export function collectionPath(kind: KubeKind, namespace: string | undefined): string {
    const scope = kind.namespaced && namespace ? `/namespaces/${namespace}` : "";
    return `${root(kind.apiVersion)}${scope}/${kind.plural}`;
}

export function objectPath(kind: KubeKind, namespace: string | undefined, name: string): string {
    return `${collectionPath(kind, kind.namespaced ? (namespace ?? "default") : undefined)}/${encodeURIComponent(name)}`;
}

/** Kinds without a namespace, for when the API server cannot be asked. */
const clusterScoped: ReadonlySet<string> = new Set([
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "ServiceCIDR",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
]);

/** A guess that is right for Kubernetes' own kinds; custom kinds count as namespaced. */
export function isProbablyNamespaced(kind: string): boolean {
    return !clusterScoped.has(kind);
}
