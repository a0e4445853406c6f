/**
 * Every version that the house runs, in one place. The comment above each line tells Renovate (a custom regex manager:
 * datasource, depName, extractVersion) where newer ones are listed. Nothing here may be `latest` or a moving tag.
 * A digest (`@sha256:...`) is appended where the registry was asked for it; the bot adds the others at its first run.
 */

/**
 * k3s, newest patch of the last minor that both Longhorn 1.12 and cert-manager 1.21 are tested with (Kubernetes 1.36).
 * The install script is taken from the same tag.
 */
// renovate: datasource=github-releases depName=k3s-io/k3s versioning=semver-coerced allowedVersions=1.36
export const K3S_VERSION = "v1.36.3+k3s1";

/** Container images, `registry/repository:tag`. */
export const images = {
    /**
     * Jellyfin with the PostgreSQL provider; server version and database schema are one thing. A patch that brings migrations
     * (Jellyfin.Plugin.Pgsql/Migrations) joins PATCHES_WITH_OTHER_TABLES in services/jellyfin-settings and infra/config.
     */
    // renovate: datasource=docker depName=ghcr.io/jpvenson/jellyfin.pgsql versioning=loose
    jellyfin: "ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1",
    /** A new major needs a dump and restore: the bot may move minors only. */
    // renovate: datasource=docker depName=docker.io/library/postgres allowedVersions=18
    postgres: "docker.io/library/postgres:18.1-trixie",
    /** Asks ECR for passwords; brings a shell and curl. */
    // renovate: datasource=docker depName=docker.io/amazon/aws-cli
    awsCli: "docker.io/amazon/aws-cli:2.31.0",
    /** The same for an instance of a cluster: the operator's own build, without the entrypoint. */
    // renovate: datasource=docker depName=ghcr.io/cloudnative-pg/postgresql versioning=loose allowedVersions=18
    postgresInstance: "ghcr.io/cloudnative-pg/postgresql:18.1-standard-trixie",
    // renovate: datasource=docker depName=docker.io/library/redis
    redis: "docker.io/library/redis:8.2.2-bookworm",
    /** Hands the address of the API server from server to server. */
    // renovate: datasource=docker depName=ghcr.io/kube-vip/kube-vip
    kubeVip: "ghcr.io/kube-vip/kube-vip:v1.2.3",
    /** Runs programs of our own; it has SQLite built in. */
    // renovate: datasource=docker depName=docker.io/library/node allowedVersions=24
    node: "docker.io/library/node:24.21.0-trixie-slim",
    // renovate: datasource=docker depName=quay.io/oauth2-proxy/oauth2-proxy
    oauth2Proxy: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.3",
    // renovate: datasource=docker depName=quay.io/prometheuscommunity/postgres-exporter
    postgresExporter: "quay.io/prometheuscommunity/postgres-exporter:v0.20.1",
    // renovate: datasource=docker depName=docker.io/oliver006/redis_exporter
    redisExporter: "docker.io/oliver006/redis_exporter:v1.89.0",
    /** Sends dumps to a bucket and fetches them. */
    // renovate: datasource=docker depName=docker.io/rclone/rclone
    rclone: "docker.io/rclone/rclone:1.75.0",
    // renovate: datasource=docker depName=docker.io/rancher/system-upgrade-controller
    systemUpgradeController: "docker.io/rancher/system-upgrade-controller:v0.20.1",
    /** Drains nodes for the controller above; the version that its release names. */
    // renovate: datasource=docker depName=docker.io/rancher/kubectl
    kubectl: "docker.io/rancher/kubectl:v1.30.3",
    /** The version whose Corefile the tests ask (lab/toolchain/modules/coredns/go.mod). */
    // renovate: datasource=docker depName=docker.io/coredns/coredns
    coredns: "docker.io/coredns/coredns:1.15.0",
} as const;

/**
 * rffmpeg, which hands ffmpeg's work to other machines: one file (GPL-3.0), which the house fetches and nobody changes. It has
 * no releases, so a commit is named, and a person moves it: the checksum is that of the file at this commit.
 */
const RFFMPEG_COMMIT = "f54ac843c7c8a157562e7ce37aaebbc5cb41354e";
export const rffmpeg = {
    commit: RFFMPEG_COMMIT,
    url: `https://raw.githubusercontent.com/joshuaboniface/rffmpeg/${RFFMPEG_COMMIT}/rffmpeg`,
    sha256: "d56929577e69a1f2d0928c103d0fd4d334c2b091fa09941cc0d4624ffddc0017",
} as const;

/** A Helm chart, pinned. */
export interface ChartPin {
    readonly chart: string;
    readonly version: string;
    readonly repository: string;
}

export const charts = {
    // renovate: datasource=helm depName=longhorn registryUrl=https://charts.longhorn.io
    longhorn: { chart: "longhorn", version: "1.12.1", repository: "https://charts.longhorn.io" },
    // renovate: datasource=helm depName=csi-driver-nfs
    csiDriverNfs: {
        chart: "csi-driver-nfs",
        version: "4.13.4",
        repository: "https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts",
    },
    // renovate: datasource=helm depName=intel-device-plugins-operator registryUrl=https://intel.github.io/helm-charts
    intelDevicePluginsOperator: {
        chart: "intel-device-plugins-operator",
        version: "0.36.0",
        repository: "https://intel.github.io/helm-charts",
    },
    // renovate: datasource=helm depName=intel-device-plugins-gpu registryUrl=https://intel.github.io/helm-charts
    intelDevicePluginsGpu: {
        chart: "intel-device-plugins-gpu",
        version: "0.36.0",
        repository: "https://intel.github.io/helm-charts",
    },
    // renovate: datasource=helm depName=nvidia-device-plugin registryUrl=https://nvidia.github.io/k8s-device-plugin
    nvidiaDevicePlugin: {
        chart: "nvidia-device-plugin",
        version: "0.20.0",
        repository: "https://nvidia.github.io/k8s-device-plugin",
    },
    // renovate: datasource=helm depName=amd-gpu registryUrl=https://rocm.github.io/k8s-device-plugin
    amdGpu: { chart: "amd-gpu", version: "0.21.0", repository: "https://rocm.github.io/k8s-device-plugin" },
    // renovate: datasource=helm depName=metallb registryUrl=https://metallb.github.io/metallb
    metalLb: { chart: "metallb", version: "0.16.1", repository: "https://metallb.github.io/metallb" },
    // renovate: datasource=helm depName=cert-manager registryUrl=https://charts.jetstack.io
    certManager: { chart: "cert-manager", version: "v1.21.1", repository: "https://charts.jetstack.io" },
    // renovate: datasource=helm depName=cloudnative-pg registryUrl=https://cloudnative-pg.github.io/charts
    cloudNativePg: {
        chart: "cloudnative-pg",
        version: "0.29.0",
        repository: "https://cloudnative-pg.github.io/charts",
    },
    // renovate: datasource=helm depName=plugin-barman-cloud registryUrl=https://cloudnative-pg.github.io/charts
    pluginBarmanCloud: {
        chart: "plugin-barman-cloud",
        version: "0.7.0",
        repository: "https://cloudnative-pg.github.io/charts",
    },
} as const satisfies Record<string, ChartPin>;
