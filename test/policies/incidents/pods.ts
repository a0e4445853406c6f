import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels, metadata, type Mistake } from "./mistake";

/** A resource whose properties nobody's types check. */
class Untyped extends pulumi.CustomResource {}

const alert = (name: string, expr: string, wait: string) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name, namespace: "media", labels: { release: "kube-prometheus-stack" } },
    spec: { groups: [{ name: "jellyfin.rules", rules: [{ alert: name, expr, for: wait }] }] },
});

export const pods: readonly Mistake[] = [
    {
        row: "T6",
        story: "a Compose field in a manifest, and a mount of a volume that nobody declared",
        make: (opts) => {
            const volumeMounts = [{ name: "config", mountPath: "/config" }];
            const containers = [
                { name: "main", image: "jellyfin/jellyfin:10.11.7", devices: ["/dev/dri"], volumeMounts },
            ];
            const template = { metadata: { labels: labels("compose") }, spec: { containers } };
            const spec = { selector: { matchLabels: labels("compose") }, template };
            // The SDK's own class would not compile with it; see the test of the types.
            new Untyped("kubernetes:apps/v1:Deployment", "t6", { metadata: metadata("compose"), spec }, opts);
        },
        refusals: [
            { rule: "gpu-by-device-plugin", object: "Deployment media/compose", cure: /resources\.limits/ },
            { rule: "mount-names-volume", object: "Deployment media/compose", cure: /declare it among volumes/ },
        ],
    },
    {
        row: "T7",
        story: "a container is privileged to see /dev/dri",
        make: (opts) => {
            const volumes = [{ name: "dri", hostPath: { path: "/dev/dri" } }];
            const containers = [
                { name: "main", image: "jellyfin/jellyfin:10.11.7", securityContext: { privileged: true } },
            ];
            new k8s.core.v1.Pod("t7", { metadata: metadata("privileged"), spec: { volumes, containers } }, opts);
        },
        refusals: [
            {
                rule: "no-privileged-container",
                object: "Pod media/privileged",
                cure: /ask the device plugin for the device/,
            },
            { rule: "gpu-by-device-plugin", object: "Pod media/privileged", cure: /device plugin's resource/ },
        ],
    },
    {
        row: "T15",
        story: "an image is whatever latest is on that day",
        make: (opts) => {
            const containers = [{ name: "main", image: "jellyfin/jellyfin:latest" }];
            new k8s.core.v1.Pod("t15", { metadata: metadata("latest"), spec: { containers } }, opts);
        },
        refusals: [{ rule: "image-pinned", object: "Pod media/latest", cure: /name a version tag or a digest/ }],
    },
    {
        row: "T11",
        story: "a private key lies in the chart, and nobody checks whose host it is",
        make: (opts) => {
            const key = ["-----BEGIN OPENSSH", "PRIVATE KEY-----\nb3BlbnNzaA\n"].join(" ");
            new k8s.core.v1.ConfigMap("t11", { metadata: metadata("ssh-key"), data: { id_rsa: key } }, opts);
            const command = ["ssh", "-o", "StrictHostKeyChecking=no", "jellyfin@workers"];
            const containers = [{ name: "main", image: "alpine:3.22", command }];
            new k8s.core.v1.Pod("t11-pod", { metadata: metadata("ssh"), spec: { containers } }, opts);
        },
        refusals: [
            { rule: "no-plain-secret", object: "ConfigMap media/ssh-key", cure: /Secret/ },
            { rule: "ssh-checks-host-keys", object: "Pod media/ssh", cure: /known_hosts/ },
        ],
    },
    {
        row: "T3",
        story: "the alert on the database cannot fire, as nothing is scraped there",
        make: (opts) => {
            const down = alert("JellyfinPostgresDown", 'up{pod=~"jellyfin-postgres.*"} == 0', "1m");
            new k8s.apiextensions.CustomResource("t3", down, opts);
        },
        refusals: [
            {
                rule: "down-alert-can-fire",
                object: "PrometheusRule media/JellyfinPostgresDown",
                cure: /or absent\(up\{pod/,
            },
        ],
    },
    {
        row: "T14",
        story: "two replicas on two hosts, and an alert that fires at each drain",
        make: (opts) => {
            const required = [
                { topologyKey: "topology.kubernetes.io/zone", labelSelector: { matchLabels: labels("tight") } },
            ];
            const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
            const resources = { limits: { "gpu.intel.com/i915": "1" } };
            const containers = [{ name: "main", image: "jellyfin/jellyfin:10.11.7", resources }];
            const template = { metadata: { labels: labels("tight") }, spec: { affinity, containers } };
            const spec = { replicas: 2, serviceName: "tight", selector: { matchLabels: labels("tight") }, template };
            new k8s.apps.v1.StatefulSet("t14", { metadata: metadata("tight"), spec }, opts);
            const low = 'kube_statefulset_status_replicas_ready{statefulset="tight"} < 2';
            new k8s.apiextensions.CustomResource("t14-alert", alert("JellyfinReplicaCountLow", low, "2m"), opts);
            for (const nodeName of ["pve-1", "pve-2"]) {
                const machine = {
                    nodeName,
                    tags: ["k3s", "agent"],
                    machine: "q35",
                    hostpcis: [{ mapping: "igpu", pcie: true }],
                };
                new Untyped("proxmoxve:index/vmLegacy:VmLegacy", nodeName, machine);
            }
        },
        refusals: [
            {
                rule: "replicas-watched",
                object: "PrometheusRule media/JellyfinReplicaCountLow",
                cure: /write for: 15m, or add a host/,
            },
        ],
    },
];
