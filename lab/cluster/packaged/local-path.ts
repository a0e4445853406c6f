import type { KubeObject } from "../../kube/client";
import { SYSTEM_TOLERATIONS, systemObject } from "./workload";

const NAME = "local-path-provisioner";
const LABELS = { app: NAME };

/** k3s' volumes on a node's own disk: the class, and who would make them; the lab makes none. */
export function localPathObjects(): KubeObject[] {
    return [
        systemObject("apps/v1", "Deployment", NAME, {
            labels: LABELS,
            spec: {
                replicas: 1,
                selector: { matchLabels: LABELS },
                template: {
                    metadata: { labels: LABELS },
                    spec: {
                        tolerations: SYSTEM_TOLERATIONS,
                        containers: [{ name: NAME, image: "rancher/local-path-provisioner:v0.0.35" }],
                    },
                },
            },
        }),
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
            provisioner: "rancher.io/local-path",
            reclaimPolicy: "Delete",
            volumeBindingMode: "WaitForFirstConsumer",
        },
    ];
}
