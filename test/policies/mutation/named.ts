import { altered, dropped, instead, type Mutation, type Path, reworded, without } from "./mutation";

const web = "jellyfin-web-statefulset";
const database = "jellyfin-postgres-server-statefulset";
const route = "jellyfin-exposure-secure-ingress";
const machine = "k3s-agent-1-vm";
const way: Path = ["spec", "routes", 0, "services", 0];
const pod: Path = ["spec", "template", "spec"];
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const spread: Path = [...pod, "affinity", "podAntiAffinity", required, 0];
const settings: Path = ["values", "defaultSettings"];
const component = "app.kubernetes.io/component";

function unprotected(what: string, resource: string): Mutation {
    return altered(`protection of ${what}`, resource, ({ opts }) => {
        if (opts.protect !== true) return false;
        opts.protect = false;
        return true;
    });
}

/** Properties that incidents taught, one by one, in the words of the house. */
export const named: readonly Mutation[] = [
    // Replicas, and where they run.
    without("the spread of the replicas", web, ...pod, "affinity", "podAntiAffinity"),
    instead("spreading over hosts, not machines", web, "kubernetes.io/hostname", ...spread, "topologyKey"),
    without("the selector of the spread", web, ...spread, "labelSelector"),
    without("the requirement of known nodes", web, ...pod, "affinity", "nodeAffinity"),
    instead("a number of replicas that the hosts can hold", web, 9, "spec", "replicas"),
    dropped("the disruption budget", "jellyfin-web-budget"),
    instead("a budget that keeps one", "jellyfin-web-budget", "100%", "spec", "maxUnavailable"),
    instead("a budget that lets a node drain", "jellyfin-web-budget", 0, "spec", "maxUnavailable"),
    without("the selector of the budget", "jellyfin-web-budget", "spec", "selector"),
    // The route, setting by setting.
    without("the sticky cookie", route, ...way, "sticky"),
    without("the strategy p2c", route, ...way, "strategy"),
    without("the passive check", route, ...way, "passiveHealthCheck"),
    instead("a check that takes more than one error", route, 1, ...way, "passiveHealthCheck", "maxFailedAttempts"),
    without("the failure window", route, ...way, "passiveHealthCheck", "failureWindow"),
    without("the reference to the transport", route, ...way, "serversTransport"),
    without("the reference to the retry", route, "spec", "routes", 0, "middlewares"),
    dropped("the retry", "jellyfin-exposure-retry"),
    instead("attempts beyond the passive check", "jellyfin-exposure-retry", 3, "spec", "retry", "attempts"),
    without("the pause between attempts", "jellyfin-exposure-retry", "spec", "retry", "initialInterval"),
    without("what is asked again when a pod ends", "jellyfin-exposure-retry", "spec", "retry", "status"),
    dropped("the transport", "jellyfin-exposure-transport"),
    without("the short time to connect", "jellyfin-exposure-transport", "spec", "forwardingTimeouts", "dialTimeout"),
    without("connections that are not pooled", "jellyfin-exposure-transport", "spec", "maxIdleConnsPerHost"),
    without("the seconds until a pod counts as ready", web, "spec", "minReadySeconds"),
    without("the drain", web, ...pod, "containers", 0, "lifecycle", "preStop"),
    instead("time for the drain", web, 10, ...pod, "terminationGracePeriodSeconds"),
    without("a quick readiness probe", web, ...pod, "containers", 0, "readinessProbe", "periodSeconds"),
    instead("a route to a port that there is", route, "web", ...way, "port"),
    instead("a host name on the route", route, "PathPrefix(`/`)", "spec", "routes", 0, "match"),
    // Services.
    without("the component in the Service's selector", "jellyfin-web-service", "spec", "selector", component),
    without(
        "the component in the database's selector",
        "jellyfin-postgres-server-service",
        "spec",
        "selector",
        component,
    ),
    instead("a Service inside of the cluster", "jellyfin-postgres-server-service", "NodePort", "spec", "type"),
    instead("a port that the pods declare", "jellyfin-web-service", 1, "spec", "ports", 0, "targetPort"),
    dropped("the Service that names the pods", "jellyfin-web-pods"),
    // The network.
    dropped("the network policy of Jellyfin", "jellyfin-web-network"),
    dropped("the network policy of the database's set-up", "jellyfin-postgres-jellyfin-setup-network"),
    dropped("the door of the database for Jellyfin", "jellyfin-web-to-jellyfin-postgres"),
    without("the names at the database's door", "jellyfin-web-to-jellyfin-postgres", "spec", "ingress", 0, "from"),
    without("the port at the database's door", "jellyfin-web-to-jellyfin-postgres", "spec", "ingress", 0, "ports"),
    without(
        "the labels at the database's door",
        "jellyfin-web-to-jellyfin-postgres",
        "spec",
        "ingress",
        0,
        "from",
        0,
        "podSelector",
        "matchLabels",
    ),
    instead("a policy for where it goes", "jellyfin-web-network", ["Ingress"], "spec", "policyTypes"),
    instead(
        "a policy for what comes in",
        "jellyfin-postgres-jellyfin-setup-network",
        ["Egress"],
        "spec",
        "policyTypes",
    ),
    // Namespaces.
    dropped("the namespace", "jellyfin-namespace"),
    without(
        "the level of the namespace",
        "jellyfin-namespace",
        "metadata",
        "labels",
        "pod-security.kubernetes.io/enforce",
    ),
    // Data.
    unprotected("the database", database),
    unprotected("the library", "library-jellyfin-volume"),
    unprotected("the configuration's claim", "jellyfin-config-claim"),
    unprotected("the bucket", "backup-longhorn-bucket"),
    unprotected("a machine", machine),
    instead(
        "the library's reclaim policy",
        "library-jellyfin-volume",
        "Delete",
        "spec",
        "persistentVolumeReclaimPolicy",
    ),
    instead("the block storage's reclaim policy", "block-class", "Delete", "reclaimPolicy"),
    without("the file storage's reclaim policy", "files-class", "reclaimPolicy"),
    instead("claims that outlive scaling", web, "Delete", "spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"),
    instead(
        "claims that outlive the set",
        database,
        "Delete",
        "spec",
        "persistentVolumeClaimRetentionPolicy",
        "whenDeleted",
    ),
    dropped("the class of the databases' volumes", "block-class-database"),
    dropped("the class of the files", "files-class"),
    instead(
        "a class of the house for a volume that is made for one pod",
        "storage-preflight-k3s-agent-1-job",
        "local-path",
        ...[...pod, "volumes", 2, "ephemeral", "volumeClaimTemplate", "spec", "storageClassName"],
    ),
    // Longhorn.
    instead("copies of a volume", "block-class", "1", "parameters", "numberOfReplicas"),
    instead("copies by default", "block-longhorn", 1, ...settings, "defaultReplicaCount"),
    without("copies on different nodes", "block-longhorn", ...settings, "replicaSoftAntiAffinity"),
    without("copies on different hosts", "block-longhorn", ...settings, "replicaZoneSoftAntiAffinity"),
    without("copies that come back", "block-longhorn", ...settings, "replicaAutoBalance"),
    without("volumes that a dead node gives up", "block-longhorn", ...settings, "nodeDownPodDeletionPolicy"),
    without("nodes that drain", "block-longhorn", ...settings, "detachManuallyAttachedVolumesWhenCordoned"),
    without("volumes with all copies", "block-longhorn", ...settings, "allowVolumeCreationWithDegradedAvailability"),
    without(
        "Longhorn's own parts on prepared nodes",
        "block-longhorn",
        ...settings,
        "systemManagedComponentsNodeSelector",
    ),
    without("Longhorn's manager on prepared nodes", "block-longhorn", "values", "longhornManager", "nodeSelector"),
    without("Longhorn's driver on prepared nodes", "block-longhorn", "values", "longhornDriver", "nodeSelector"),
    // Files of the NAS.
    instead("hard mounts of the library", "library-jellyfin-volume", ["nfsvers=4.2", "soft"], "spec", "mountOptions"),
    without("mount options of the library", "library-jellyfin-volume", "spec", "mountOptions"),
    without("mount options of the files", "files-class", "mountOptions"),
    without("folders that stay on the NAS", "files-class", "parameters", "onDelete"),
    without("folders that stay, by the driver's default", "files-csi", "values", "controller", "defaultOnDeletePolicy"),
    without("files that keep their owner", "files-csi", "values", "feature", "enableFSGroupPolicy"),
    without("the driver on prepared nodes", "files-csi", "values", "node", "nodeSelector"),
    reworded("nodes that can mount the NAS", web, '"homelab/nfs"', '"homelab/other"'),
    reworded("the GPU's resource", web, /"gpu\.intel\.com\/i915":"1",|,"gpu\.intel\.com\/i915":"1"/, ""),
    // Charts.
    without("the version of Longhorn", "block-longhorn", "version"),
    without("the version of cert-manager", "cert-manager-release", "version"),
    // The bucket.
    instead("a bucket that is never emptied", "backup-longhorn-bucket", true, "forceDestroy"),
    dropped("versions in the bucket", "backup-longhorn-versioning"),
    instead("versions that are kept", "backup-longhorn-versioning", "Suspended", "versioningConfiguration", "status"),
    dropped("encryption of the bucket", "backup-longhorn-encryption"),
    dropped("a bucket closed to the public", "backup-longhorn-access"),
    instead("a bucket closed to all of the public", "backup-longhorn-access", false, "restrictPublicBuckets"),
    // Machines with a GPU.
    instead("the chipset of the GPU", machine, "pc", "machine"),
    instead("the firmware of the GPU", machine, "seabios", "bios"),
    without("the disk of the firmware", machine, "efiDisk"),
    instead("PCI Express", machine, false, "hostpcis", 0, "pcie"),
    without("the resolvers of a machine", machine, "initialization", "dns"),
];
