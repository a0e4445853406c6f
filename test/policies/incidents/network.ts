import * as k8s from "@pulumi/kubernetes";
import { labels, metadata, type Mistake } from "./mistake";

const CustomResource = k8s.apiextensions.CustomResource;

/** A program with its Service, as somebody wrote them by hand. */
function program(
    name: string,
    replicas: number,
    opts: object,
    port: object = { name: "http", containerPort: 8096 },
): void {
    new k8s.apps.v1.StatefulSet(
        name,
        {
            metadata: metadata(name),
            spec: {
                replicas,
                serviceName: name,
                selector: { matchLabels: labels(name) },
                template: {
                    metadata: { labels: labels(name) },
                    spec: {
                        containers: [
                            {
                                name: "main",
                                image: "jellyfin/jellyfin:10.11.7",
                                ports: [{ containerPort: 8096, ...port }],
                            },
                        ],
                    },
                },
            },
        },
        opts,
    );
}

export const network: readonly Mistake[] = [
    {
        row: "G1",
        story: "the cluster's DNS asks whatever resolver its node was given, which was the provider's",
        make: (opts) => {
            const data = { Corefile: ".:53 {\n    forward . /etc/resolv.conf\n}" };
            new k8s.core.v1.ConfigMap("g1", { metadata: metadata("dns", "tools"), data }, opts);
        },
        refusals: [
            { rule: "dns-forwards-to-resolvers", object: "ConfigMap tools/dns", cure: /name the resolvers by address/ },
        ],
    },
    {
        row: "T8",
        story: "the packaged CoreDNS is patched, and k3s writes its own again",
        make: (opts) => {
            const data = { Corefile: ".:53 {\n    forward . 192.168.20.1\n}" };
            new k8s.core.v1.ConfigMapPatch(
                "t8",
                { metadata: { name: "coredns", namespace: "kube-system" }, data },
                opts,
            );
            const second = { "dns.override": "forward . 192.168.20.1" };
            new k8s.core.v1.ConfigMap(
                "t8-second",
                { metadata: { name: "coredns-custom", namespace: "kube-system" }, data: second },
                opts,
            );
        },
        refusals: [
            {
                rule: "packaged-part-not-patched",
                object: "ConfigMapPatch kube-system/coredns",
                cure: /network\.dns/,
            },
            { rule: "packaged-part-not-patched", object: "ConfigMap kube-system/coredns-custom", cure: /network\.dns/ },
        ],
    },
    {
        row: "T9",
        story: "every name is asked of the internet, those of the house too",
        make: (opts) => {
            const data = { Corefile: ".:53 {\n    forward . 1.1.1.1 8.8.8.8\n}" };
            new k8s.core.v1.ConfigMap("t9", { metadata: metadata("public-dns", "tools"), data }, opts);
        },
        refusals: [
            {
                rule: "dns-keeps-house-names",
                object: "ConfigMap tools/public-dns",
                cure: /server block for the house's domain/,
            },
        ],
    },
    {
        row: "G3",
        story: "DLNA on the network of pods, where multicast does not arrive; then on the node's network, without a word why",
        make: (opts) => {
            program("dlna", 1, opts, { name: "ssdp", containerPort: 1900, protocol: "UDP" });
            const spec = { hostNetwork: true, containers: [{ name: "main", image: "jellyfin/jellyfin:10.11.7" }] };
            new k8s.core.v1.Pod("g3-host", { metadata: metadata("dlna-host"), spec }, opts);
        },
        refusals: [
            {
                rule: "multicast-on-host-network",
                object: "StatefulSet media/dlna",
                cure: /hostNetwork with its reason in an exception/,
            },
            { rule: "no-host-network", object: "Pod media/dlna-host", cure: /leave it out, and make a Service/ },
        ],
    },
    {
        row: "G7",
        story: "a pod that ends takes its transcodes and its users along at once",
        make: (opts) => {
            program("cinema", 2, opts);
            const spec = { selector: labels("cinema"), ports: [{ name: "http", port: 80, targetPort: 8096 }] };
            new k8s.core.v1.Service("g7-service", { metadata: metadata("cinema"), spec }, opts);
            const services = [{ name: "cinema", port: "http", sticky: { cookie: { name: "jellyfin_server_id" } } }];
            const routes = [{ kind: "Rule", match: "Host(`cinema.home.arpa`)", services }];
            const route = {
                apiVersion: "traefik.io/v1alpha1",
                kind: "IngressRoute",
                metadata: metadata("cinema"),
                spec: { routes },
            };
            new CustomResource("g7-route", route, opts);
        },
        refusals: [
            {
                rule: "sticky-route-survives-failover",
                object: "StatefulSet media/cinema",
                cure: /hook that makes the pod not ready and sleeps/,
            },
            { rule: "sticky-route-survives-failover", object: "IngressRoute media/cinema", cure: /p2c/ },
            {
                rule: "sticky-route-survives-failover",
                object: "IngressRoute media/cinema",
                cure: /maxFailedAttempts 3/,
            },
        ],
    },
    {
        row: "T1",
        story: "a health check on the route is believed to set the time of a fail-over",
        make: (opts) => {
            program("player", 1, opts);
            const spec = { selector: labels("player"), ports: [{ name: "http", port: 80, targetPort: 8096 }] };
            new k8s.core.v1.Service("t1-service", { metadata: metadata("player"), spec }, opts);
            const services = [{ name: "player", port: "http", healthCheck: { path: "/health", interval: "12s" } }];
            const routes = [{ kind: "Rule", match: "Host(`player.home.arpa`)", services }];
            const route = {
                apiVersion: "traefik.io/v1alpha1",
                kind: "IngressRoute",
                metadata: metadata("player"),
                spec: { routes },
            };
            new CustomResource("t1-route", route, opts);
        },
        refusals: [
            { rule: "route-health-check-works", object: "IngressRoute media/player", cure: /passiveHealthCheck/ },
        ],
    },
    {
        row: "H4",
        story: "a Service selects the program by its name, and with it the program's database",
        make: (opts) => {
            program("shelf", 1, opts);
            const own = { ...labels("shelf", "database") };
            const template = {
                metadata: { labels: own },
                spec: { containers: [{ name: "main", image: "postgres:18.1" }] },
            };
            const spec = { replicas: 1, serviceName: "x", selector: { matchLabels: own }, template };
            new k8s.apps.v1.StatefulSet("h4-database", { metadata: metadata("shelf-postgres"), spec }, opts);
            const selector = { "app.kubernetes.io/name": "shelf" };
            new k8s.core.v1.Service(
                "h4-service",
                { metadata: metadata("shelf"), spec: { selector, ports: [{ port: 80 }] } },
                opts,
            );
        },
        refusals: [{ rule: "service-selects-one-workload", object: "Service media/shelf", cure: /component/ }],
    },
    {
        row: "H4",
        story: "every namespace is labelled restricted, whatever its pods need",
        make: (opts) => {
            const name = "hardened";
            const enforce = { "pod-security.kubernetes.io/enforce": "restricted" };
            new k8s.core.v1.Namespace("h4-namespace", { metadata: { name, labels: enforce } }, opts);
            const containers = [{ name: "main", image: "busybox:1.37", securityContext: { privileged: true } }];
            new k8s.core.v1.Pod("h4-pod", { metadata: metadata("driver", name), spec: { containers } }, opts);
        },
        refusals: [{ rule: "namespace-admits-its-pods", object: "hardened", cure: /change it, or enforce privileged/ }],
    },
];
