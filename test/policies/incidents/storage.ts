import * as k8s from "@pulumi/kubernetes";
import { labels, metadata, type Mistake } from "./mistake";

const nfs = (path: string) => ({ server: "192.168.30.10", path });

function deployment(name: string, spec: k8s.types.input.core.v1.PodSpec, opts: object): void {
    const template = { metadata: { labels: labels(name) }, spec };
    const selector = { matchLabels: labels(name) };
    new k8s.apps.v1.Deployment(name, { metadata: metadata(name), spec: { replicas: 1, selector, template } }, opts);
}

export const storage: readonly Mistake[] = [
    {
        row: "G2",
        story: "a download client writes to a path that is no volume, and sees the library elsewhere than its manager",
        make: (opts) => {
            const volumes = [{ name: "pool", nfs: nfs("/mnt/pool") }];
            const one = (name: string, mountPath: string) => {
                const volumeMounts = [{ name: "pool", mountPath }];
                deployment(
                    name,
                    { volumes, containers: [{ name: "main", image: "lscr.io/linuxserver/app:5.1.2", volumeMounts }] },
                    opts,
                );
            };
            one("radarr", "/data");
            one("qbittorrent", "/media");
        },
        refusals: [
            { rule: "read-only-root", object: "Deployment media/qbittorrent", cure: /true/ },
            { rule: "shared-files-at-one-path", object: "Deployment media/", cure: /mount them at \// },
        ],
    },
    {
        row: "T5",
        story: "media and downloads are two mounts, so that every import is a copy",
        make: (opts) => {
            const volumes = [
                { name: "media", nfs: nfs("/mnt/pool/media") },
                { name: "downloads", nfs: nfs("/mnt/pool/downloads") },
            ];
            const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
            deployment(
                "sonarr",
                { volumes, containers: [{ name: "main", image: "lscr.io/linuxserver/sonarr:4.0.1", volumeMounts }] },
                opts,
            );
        },
        refusals: [
            { rule: "shared-files-at-one-path", object: "Deployment media/sonarr", cure: /mount one share once/ },
        ],
    },
    {
        row: "G5",
        story: "one board without an NFS client is excluded by its name, and the next one is not",
        make: (opts) => {
            const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "NotIn", values: ["lima"] }];
            const required = { nodeSelectorTerms: [{ matchExpressions }] };
            const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
            const volumes = [{ name: "media", nfs: nfs("/mnt/other") }];
            deployment(
                "lidarr",
                { affinity, volumes, containers: [{ name: "main", image: "lscr.io/linuxserver/lidarr:2.9.6" }] },
                opts,
            );
        },
        refusals: [
            {
                rule: "nfs-pod-needs-nfs-node",
                object: "Deployment media/lidarr",
                cure: /require homelab\/nfs In \[true\]/,
            },
            {
                rule: "known-nodes-only",
                object: "Deployment media/lidarr",
                cure: /require topology\.kubernetes\.io\/zone Exists/,
            },
        ],
    },
    {
        row: "T4",
        story: "a sync from the seedbox deletes at home what the seedbox has cleaned up",
        make: (opts) => {
            const command = ["rclone", "sync", "seedbox:/data/completed/", "/mnt/downloads/", "--transfers=4"];
            const spec = {
                restartPolicy: "OnFailure",
                containers: [{ name: "sync", image: "rclone/rclone:1.69", command }],
            };
            const jobTemplate = { spec: { template: { metadata: { labels: labels("rclone") }, spec } } };
            new k8s.batch.v1.CronJob(
                "t4",
                { metadata: metadata("rclone"), spec: { schedule: "*/30 * * * *", jobTemplate } },
                opts,
            );
        },
        refusals: [{ rule: "no-deleting-sync", object: "CronJob media/rclone", cure: /copy or move instead/ }],
    },
    {
        row: "T10",
        story: "a tool takes it that there is a Docker daemon, and asks its socket",
        make: (opts) => {
            const volumes = [{ name: "docker", hostPath: { path: "/var/run/docker.sock" } }];
            deployment("cleaner", { volumes, containers: [{ name: "main", image: "docker:28.5" }] }, opts);
        },
        refusals: [
            {
                rule: "host-path-listed",
                object: "Deployment media/cleaner",
                cure: /volume of the block storage or the NAS/,
            },
        ],
    },
    {
        row: "T12, T13",
        story: "Longhorn as the chart has it: volumes of a dead node stay attached, and drains are blocked",
        make: (opts) => {
            new k8s.helm.v3.Release(
                "t12",
                { name: "longhorn", chart: "longhorn", version: "1.12.0", namespace: "longhorn-system", values: {} },
                opts,
            );
        },
        refusals: [
            {
                rule: "block-storage-survives-host",
                object: "Release t12 values.defaultSettings.nodeDownPodDeletionPolicy",
                cure: /delete-both-statefulset-and-deployment-pod/,
            },
            {
                rule: "block-storage-survives-host",
                object: "Release t12 values.defaultSettings.detachManuallyAttachedVolumesWhenCordoned",
                cure: /write true/,
            },
        ],
    },
];
