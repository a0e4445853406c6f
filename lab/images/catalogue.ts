import type { DebianLayer, FilesLayer, ImageRecipe, ImageTool } from "./recipe";

export const base: DebianLayer = { kind: "debian", name: "base", packages: [] };

/** What programs in an image without a system need of one. */
export const bare: FilesLayer = {
    kind: "files",
    entries: [
        {
            kind: "file",
            path: "/etc/passwd",
            source: {
                from: "text",
                text: "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
            },
        },
        {
            kind: "file",
            path: "/etc/group",
            source: { from: "text", text: "root:x:0:\nnonroot:x:65532:\n" },
        },
        {
            kind: "file",
            path: "/etc/ssl/certs/ca-certificates.crt",
            source: { from: "guest", path: "/etc/ssl/certs/ca-certificates.crt" },
        },
        { kind: "folder", path: "/tmp", mode: 0o1777 },
    ],
};

export const postgres: DebianLayer = {
    kind: "debian",
    name: "postgres",
    base,
    packages: ["postgresql-17"],
    // Without its library PostgreSQL compiles no queries; it and what it stands on are half of the image.
    without: [
        "/usr/lib/*/libLLVM*",
        "/usr/lib/*/libz3.so*",
        "/usr/lib/llvm-*",
        "/usr/lib/postgresql/*/lib/bitcode/*",
        "/usr/lib/postgresql/*/lib/llvmjit*",
    ],
    users: [{ name: "postgres", id: 999, home: "/var/lib/postgresql" }],
    // The package would fill a database of its own during the installation.
    files: { "/etc/postgresql-common/createcluster.conf": "create_main_cluster = false\n" },
};

const redis: DebianLayer = {
    kind: "debian",
    name: "redis",
    base,
    packages: ["redis-server"],
    users: [{ name: "redis", id: 999, home: "/data" }],
};

const rclone: DebianLayer = {
    kind: "debian",
    name: "rclone",
    base,
    packages: ["rclone", "ca-certificates"],
};

const jellyfin: DebianLayer = {
    kind: "debian",
    name: "jellyfin",
    base,
    // The last one for Node.js.
    packages: ["ca-certificates", "curl", "postgresql-client-17", "libstdc++6"],
};

const node: DebianLayer = { kind: "debian", name: "node", base, packages: ["ca-certificates", "libstdc++6"] };

const idle: FilesLayer = {
    kind: "files",
    entries: [{ kind: "file", path: "/idle", mode: 0o755, source: { from: "tool", tool: "idle" } }],
};

/** A container that is ready and does nothing until it is asked to end. */
function idling(reference: string, about: string): ImageRecipe {
    return {
        reference,
        about: `Idles in the place of ${about}.`,
        standIn: true,
        layers: [idle],
        entrypoint: ["/idle"],
        // Namespaces of the level `restricted` refuse root.
        user: "65532:65532",
    };
}

/** PATH of Debian, with folders before it. */
export function searchPath(...folders: readonly string[]): string {
    return [...folders, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");
}

/** What runs in the place of Jellyfin. */
const jellyfinServer: Omit<ImageRecipe, "reference" | "about" | "standIn"> = {
    layers: [
        jellyfin,
        {
            kind: "files",
            entries: [
                { kind: "file", path: "/usr/local/bin/node", mode: 0o755, source: { from: "node" } },
                {
                    kind: "file",
                    path: "/usr/lib/jellyfin-ffmpeg/ffmpeg",
                    mode: 0o755,
                    source: { from: "tool", tool: "ffmpeg" },
                },
                { kind: "link", path: "/usr/local/bin/ffmpeg", target: "/usr/lib/jellyfin-ffmpeg/ffmpeg" },
            ],
        },
        {
            kind: "files",
            entries: [
                {
                    kind: "file",
                    path: "/jellyfin/server.js",
                    source: { from: "bundle", entry: "jellyfin/server.ts" },
                },
            ],
        },
    ],
    entrypoint: ["/usr/local/bin/node", "/jellyfin/server.js"],
    environment: { PATH: searchPath("/usr/lib/postgresql/17/bin") },
    workingFolder: "/",
};

/** Another name of the server that stands in for Jellyfin. */
export const OTHER_JELLYFIN = "lab.local/jellyfin:other";

/** The container that holds a pod's namespaces; containerd is configured with this name. */
export const PAUSE_IMAGE = "lab.local/pause:1";

/**
 * Every image that a container of the lab may ask for, but for those that come with an operator
 * (`operator-images.ts`). References that the house or one of its charts chooses move together with
 * `components/versions.ts`, those of k3s with `lab/cluster/controllers/packaged.ts`: a test finds the one that was
 * forgotten.
 */
export const imageCatalogue: readonly ImageRecipe[] = [
    {
        reference: PAUSE_IMAGE,
        about: "Holds the namespaces of a pod.",
        standIn: false,
        layers: [idle],
        entrypoint: ["/idle"],
        user: "65535:65535",
    },
    {
        // Renovate moves this line with `images.postgres`.
        // renovate: datasource=docker depName=docker.io/library/postgres allowedVersions=18
        reference: "docker.io/library/postgres:18.1-trixie",
        about: "Debian's PostgreSQL 17 with an entrypoint that takes the settings of the vendor's image.",
        standIn: false,
        layers: [
            postgres,
            {
                kind: "files",
                entries: [
                    {
                        kind: "file",
                        path: "/usr/local/bin/docker-entrypoint.sh",
                        mode: 0o755,
                        source: { from: "program", path: "postgres/entrypoint.sh" },
                    },
                    { kind: "folder", path: "/docker-entrypoint-initdb.d" },
                    { kind: "folder", path: "/var/lib/postgresql", owner: 999 },
                    { kind: "folder", path: "/var/lib/postgresql/18", owner: 999 },
                ],
            },
        ],
        // As in the vendor's image: at a SIGTERM the server waits until its last client has left by itself.
        stopSignal: "SIGINT",
        entrypoint: ["docker-entrypoint.sh"],
        command: ["postgres"],
        environment: {
            PATH: searchPath("/usr/lib/postgresql/17/bin"),
            PGDATA: "/var/lib/postgresql/18/docker",
            PG_MAJOR: "18",
            LANG: "C.UTF-8",
        },
    },
    {
        // Renovate moves this line with `images.redis`.
        // renovate: datasource=docker depName=docker.io/library/redis
        reference: "docker.io/library/redis:8.2.2-bookworm",
        about: "Debian's Redis.",
        standIn: false,
        layers: [redis, { kind: "files", entries: [{ kind: "folder", path: "/data", owner: 999 }] }],
        command: ["redis-server"],
        environment: { PATH: searchPath() },
        workingFolder: "/data",
    },
    {
        // Renovate moves this line with `images.rclone`.
        // renovate: datasource=docker depName=docker.io/rclone/rclone
        reference: "docker.io/rclone/rclone:1.75.0",
        about: "Debian's rclone.",
        standIn: false,
        layers: [rclone],
        command: ["rclone"],
        environment: { PATH: searchPath() },
    },
    {
        // Renovate moves this line with `images.jellyfin`.
        // renovate: datasource=docker depName=ghcr.io/jpvenson/jellyfin.pgsql versioning=loose
        reference: "ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1",
        about: "A small server with Jellyfin's addresses, states and start-up, and real HLS streams made by ffmpeg.",
        standIn: true,
        ...jellyfinServer,
    },
    {
        reference: OTHER_JELLYFIN,
        about: "The same server once more, so that there is another image to roll out.",
        standIn: false,
        ...jellyfinServer,
    },
    {
        // Renovate moves this line with `images.node`.
        // renovate: datasource=docker depName=docker.io/library/node allowedVersions=24
        reference: "docker.io/library/node:24.21.0-trixie-slim",
        about: "The Node.js that the lab runs on, on Debian.",
        standIn: false,
        layers: [
            node,
            {
                kind: "files",
                entries: [{ kind: "file", path: "/usr/local/bin/node", mode: 0o755, source: { from: "node" } }],
            },
        ],
        command: ["node"],
        environment: { PATH: searchPath() },
    },
    {
        // Renovate moves this line with `images.coredns`.
        // renovate: datasource=docker depName=docker.io/coredns/coredns
        reference: "docker.io/coredns/coredns:1.15.0",
        about: "CoreDNS, built from its module.",
        standIn: false,
        layers: [bare, tool("/coredns", "coredns")],
        entrypoint: ["/coredns"],
        user: "65532:65532",
        workingFolder: "/",
    },
    {
        // Moves with the pin of k3s: it is the version that k3s packages.
        reference: "rancher/mirrored-coredns-coredns:1.14.4",
        about: "CoreDNS, built from its module.",
        standIn: false,
        layers: [bare, tool("/coredns", "coredns")],
        entrypoint: ["/coredns"],
        user: "65532:65532",
        workingFolder: "/",
    },
    {
        // Moves with the pin of k3s: it is the version that k3s packages.
        reference: "rancher/mirrored-library-traefik:3.7.4",
        about: "Traefik, built from its module, in the newest version that can be built.",
        standIn: false,
        layers: [
            base,
            {
                kind: "files",
                entries: [
                    {
                        kind: "file",
                        path: "/entrypoint.sh",
                        mode: 0o755,
                        source: { from: "program", path: "traefik/entrypoint.sh" },
                    },
                    {
                        kind: "file",
                        path: "/etc/ssl/certs/ca-certificates.crt",
                        source: { from: "guest", path: "/etc/ssl/certs/ca-certificates.crt" },
                    },
                ],
            },
            tool("/usr/local/bin/traefik", "traefik"),
        ],
        entrypoint: ["/entrypoint.sh"],
        command: ["traefik"],
        environment: { PATH: searchPath() },
    },
    {
        // Moves with the pin of k3s: it is the version that k3s packages.
        reference: "rancher/mirrored-metrics-server:v0.8.1",
        about: "metrics-server, built from its module.",
        standIn: false,
        layers: [bare, tool("/metrics-server", "metrics-server")],
        entrypoint: ["/metrics-server"],
        user: "65534",
    },
    // Moves with the pin of k3s: it is the version that k3s packages.
    idling("rancher/local-path-provisioner:v0.0.35", "the provisioner of k3s' own storage class"),
    // Renovate moves this line with `images.kubeVip`.
    // renovate: datasource=docker depName=ghcr.io/kube-vip/kube-vip
    idling("ghcr.io/kube-vip/kube-vip:v1.2.3", "kube-vip; the lab itself moves the address that the servers share"),
    // Renovate moves these two with `images.systemUpgradeController` and `images.kubectl`.
    // renovate: datasource=docker depName=docker.io/rancher/system-upgrade-controller
    idling("docker.io/rancher/system-upgrade-controller:v0.20.1", "the controller that upgrades k3s"),
    // renovate: datasource=docker depName=docker.io/rancher/kubectl
    idling("docker.io/rancher/kubectl:v1.30.3", "kubectl, with which that controller drains nodes"),
    // Moves with the pin of k3s.
    idling("docker.io/rancher/k3s-upgrade:v1.36.3-k3s1", "what puts another k3s on a node; the lab has no k3s"),
    // Renovate moves this line with `images.awsCli`.
    // renovate: datasource=docker depName=docker.io/amazon/aws-cli
    idling("docker.io/amazon/aws-cli:2.31.0", "the AWS CLI; no house of the lab pulls from Amazon's registry"),
    // Renovate moves this line with `images.oauth2Proxy`.
    // renovate: datasource=docker depName=quay.io/oauth2-proxy/oauth2-proxy
    idling("quay.io/oauth2-proxy/oauth2-proxy:v7.15.3", "the login; the lab reaches no provider of identities"),
    // Renovate moves these three with `charts.certManager`.
    idling("quay.io/jetstack/cert-manager-controller:v1.21.1", "cert-manager"),
    idling("quay.io/jetstack/cert-manager-webhook:v1.21.1", "cert-manager's webhook"),
    idling("quay.io/jetstack/cert-manager-cainjector:v1.21.1", "cert-manager's injector"),
    // Renovate moves these two with `images.postgresExporter` and `images.redisExporter`.
    // renovate: datasource=docker depName=quay.io/prometheuscommunity/postgres-exporter
    idling("quay.io/prometheuscommunity/postgres-exporter:v0.20.1", "the exporter of PostgreSQL's figures"),
    // renovate: datasource=docker depName=docker.io/oliver006/redis_exporter
    idling("docker.io/oliver006/redis_exporter:v1.89.0", "the exporter of Redis' figures"),
    // Renovate moves this line with `charts.longhorn`.
    idling("docker.io/longhornio/longhorn-manager:v1.12.1", "Longhorn; the lab's own driver serves its volumes"),
    // Renovate moves this line with `charts.csiDriverNfs`.
    idling("registry.k8s.io/sig-storage/nfsplugin:v4.13.4", "the NFS driver; the lab's own driver serves its volumes"),
    // Renovate moves these two with `charts.intelDevicePluginsOperator` and `charts.intelDevicePluginsGpu`.
    idling("docker.io/intel/intel-deviceplugin-operator:0.36.0", "the operator of Intel's device plugins"),
    idling("docker.io/intel/intel-gpu-plugin:0.36.0", "Intel's GPU plugin; the lab's own driver serves its devices"),
    // Renovate moves this line with `charts.nvidiaDevicePlugin`.
    idling("nvcr.io/nvidia/k8s-device-plugin:v0.20.0", "NVIDIA's GPU plugin; the lab's own driver serves its devices"),
    // Renovate moves this line with `charts.amdGpu`.
    idling("docker.io/rocm/k8s-device-plugin:1.31.0.9", "AMD's GPU plugin; the lab's own driver serves its devices"),
];

/** One program in a layer of its own. */
export function tool(path: string, name: ImageTool): FilesLayer {
    return { kind: "files", entries: [{ kind: "file", path, mode: 0o755, source: { from: "tool", tool: name } }] };
}

/** Those that nobody could pull and start instead: they idle. */
export const idlingImages: readonly ImageRecipe[] = imageCatalogue.filter(({ layers }) => layers.includes(idle));
