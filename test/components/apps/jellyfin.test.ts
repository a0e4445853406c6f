import assert from "node:assert/strict";
import { Jellyfin, releaseOf, type JellyfinArgs } from "../../../components/apps/jellyfin";
import { Postgres, Redis } from "../../../components/data";
import { BlockStorage, FileStorage, Library } from "../../../components/storage";
import { HOST_LABEL } from "../../../components/workload";
import { images } from "../../../components/versions";
import { at, captureGraph, only, type CapturedResource, type Graph } from "../../support/graph";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;

function build(more: Pick<JellyfinArgs, "canary"> & { readonly redis?: boolean } = {}): Promise<Graph> {
    return captureGraph(() => {
        const namespace = "jellyfin";
        const block = new BlockStorage("block", { replicas: 2, disposable: false });
        const files = new FileStorage("files", {
            nas: { address: "192.168.30.10", export: "/mnt/pool", nfsVersion: "4.2" },
        });
        const common = { app: "jellyfin", partOf: "media", namespace, storage: block };
        const postgres = new Postgres("db", {
            ...common,
            objectName: "jellyfin-postgres",
            size: "10Gi",
            server: { memoryMiB: 1024, maxConnections: 300 },
            scrapers: undefined,
        });
        new Jellyfin(
            "jellyfin",
            {
                namespace,
                replicas: 2,
                resources: { cpuMillicores: 1500, memoryMiB: 3000 },
                server: {
                    name: "example",
                    metrics: true,
                    proxies: ["10.42.0.0/16"],
                    lan: ["192.168.20.0/24"],
                    libraries: [{ name: "Movies", type: "movies", folders: ["/data/media/movies"] }],
                    administrator: "admin",
                },
                host: "jellyfin.example.home.arpa",
                database: postgres.database("jellyfin"),
                library: new Library("library", { files, namespace, namespaceName: namespace }),
                block,
                files,
                graphics: { vendor: "intel", models: ["intel-uhd-630"], podsPerGpu: 2, ready: [files.release] },
                ingress: {
                    pods: { kind: "pods", namespace: "kube-system", labels: { "app.kubernetes.io/name": "traefik" } },
                    certificate: files.release,
                    login: undefined,
                },
                sizes: { transcode: "20Gi", cache: "10Gi" },
                ...(more.canary === undefined ? {} : { canary: more.canary }),
                ...(more.redis === true
                    ? {
                          cache: new Redis("cache", { ...common, objectName: "jellyfin-redis", scrapers: undefined }),
                          image: { reference: "registry.example.org/jellyfin-ha:1", release: "10.11.11" },
                      }
                    : {}),
            },
            { protect: true },
        );
    });
}

describe("Jellyfin", () => {
    let graph: Graph;
    let set: CapturedResource;
    before(async () => {
        graph = await build();
        set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
    });

    function mount(path: string) {
        const mounts = at(set, ...CONTAINER, "volumeMounts") as {
            mountPath: string;
            name: string;
            readOnly?: boolean;
        }[];
        return mounts.find(({ mountPath }) => mountPath === path);
    }

    it("is two pods on two hosts", () => {
        assert.deepEqual([at(set, "metadata", "name"), at(set, "spec", "replicas")], ["jellyfin", 2]);
        const terms = at(set, ...POD, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
        assert.equal((terms as { topologyKey: string }[])[0]?.topologyKey, HOST_LABEL);
    });

    it("starts its second pod when the first has made the tables", () => {
        assert.equal(at(set, "spec", "podManagementPolicy"), "OrderedReady");
    });

    it("gets a GPU by asking for it, without a privilege", () => {
        assert.equal(at(set, ...CONTAINER, "resources", "limits", "gpu.intel.com/i915"), "1");
        assert.equal(at(set, ...CONTAINER, "securityContext", "privileged"), undefined);
    });

    it("gives each pod a directory of its own for transcodes and cache", () => {
        const claims = at(set, "spec", "volumeClaimTemplates") as { metadata: { name: string } }[];
        assert.deepEqual(
            claims.map(({ metadata }) => metadata.name),
            ["transcode", "cache"],
        );
        assert.deepEqual([mount("/cache")?.name, mount("/cache/transcodes")?.name], ["cache", "transcode"]);
    });

    it("shares its configuration, but not the database provider that each start copies anew", () => {
        assert.equal(mount("/config")?.name, "jellyfin-config");
        assert.equal(mount("/config/plugins/PostgreSQL")?.name, "database-provider");
    });

    it("has the files of its configuration to itself, filled before it starts, and kept by a container beside it", () => {
        const own = mount("/config/config");
        assert.ok(own);
        const volumes = at(set, ...POD, "volumes") as { name: string; emptyDir?: { medium?: string } }[];
        assert.equal(volumes.find(({ name }) => name === own.name)?.emptyDir?.medium, "Memory");
        const init = at(set, ...POD, "initContainers") as { name: string; env: { name: string; value?: string }[] }[];
        assert.deepEqual(
            init.map(({ name }) => name),
            ["prepare", "settings"],
        );
        assert.equal(at(set, ...POD, "containers", 1, "name"), "keep-settings");
        const value = (name: string) => init[1]?.env.find((variable) => variable.name === name)?.value ?? "";
        assert.equal(value("RELEASE"), releaseOf(images.jellyfin));
        assert.equal(value("ONE_POD_RUNS_TASKS"), "true");
        assert.deepEqual(JSON.parse(value("SETTINGS")), {
            system: { ServerName: "example", EnableMetrics: true, CachePath: "", QuickConnectAvailable: false },
            network: {
                InternalHttpPort: 8096,
                BaseUrl: "",
                EnableHttps: false,
                RequireHttps: false,
                AutoDiscovery: false,
                KnownProxies: ["10.42.0.0/16"],
                LocalNetworkSubnets: ["192.168.20.0/24"],
            },
            encoding: {
                TranscodingTempPath: "",
                HardwareAccelerationType: "vaapi",
                EnableHardwareEncoding: true,
                HardwareDecodingCodecs: ["h264", "hevc", "mpeg2video", "vc1", "vp8", "vp9"],
                EnableDecodingColorDepth10Hevc: true,
                EnableTonemapping: true,
                VaapiDevice: "/dev/dri/renderD128",
                QsvDevice: "/dev/dri/renderD128",
            },
        });
    });

    it("knows by a random secret which house its pods are of, whatever an earlier one has left on the NAS", () => {
        for (const place of [["initContainers", 0] as const, ["containers", 1] as const]) {
            const env = at(set, ...POD, ...place, "env") as { name: string; valueFrom?: object }[];
            const told = env.find(({ name }) => name === "INSTALLATION")?.valueFrom;
            assert.deepEqual(told, { secretKeyRef: { name: "jellyfin-installation", key: "password" } });
        }
    });

    it("takes the sizes that it is given", () => {
        assert.equal(at(set, ...CONTAINER, "resources", "requests", "cpu"), "1500m");
        assert.equal(at(set, ...CONTAINER, "resources", "limits", "memory"), "3000Mi");
        assert.equal(at(set, ...CONTAINER, "resources", "requests", "memory"), "1500Mi");
    });

    it("is told the rest by a job that comes after all pods, and knows its secrets by reference only", () => {
        const job = only(graph, "kubernetes:batch/v1:Job", "jellyfin-settings-job-job");
        assert.ok(job.opts.dependsOn.some((urn) => urn.endsWith("::jellyfin-web-statefulset")));
        const env = at(job, ...CONTAINER, "env") as { name: string; value?: string; valueFrom?: object }[];
        const servers = env.find(({ name }) => name === "SERVERS")?.value;
        assert.equal(servers, "http://jellyfin-0.jellyfin-pods:8096 http://jellyfin-1.jellyfin-pods:8096");
        for (const name of ["ADMINISTRATOR_PASSWORD", "API_KEY"])
            assert.ok(env.find((variable) => variable.name === name)?.valueFrom, name);
    });

    it("sees the library under the path of all others, and cannot change it", () => {
        assert.deepEqual(mount("/data"), { mountPath: "/data", name: "library", readOnly: true });
    });

    it("has no secret in a variable that it prints at its start", () => {
        const env = at(set, ...CONTAINER, "env") as { name: string; valueFrom?: { secretKeyRef?: unknown } }[];
        const printed = env.filter(({ name }) => name.startsWith("JELLYFIN_"));
        assert.deepEqual(
            printed.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined),
            [],
        );
        assert.ok(env.some(({ name }) => name === "POSTGRES_PORT"));
    });

    it("is ready when it serves, not while it migrates, and lives while the database is away", () => {
        assert.equal(at(set, ...CONTAINER, "startupProbe", "httpGet", "path"), "/Branding/Configuration");
        assert.equal(at(set, ...CONTAINER, "livenessProbe", "httpGet", "path"), "/System/Ping");
        assert.doesNotMatch(JSON.stringify(at(set, ...CONTAINER)), /"\/health"/);
    });

    it("drains before it stops: longer than its readiness needs to fail, shorter than its grace", () => {
        const [, , stop = ""] = at(set, ...CONTAINER, "lifecycle", "preStop", "exec", "command") as string[];
        const drain = Number(/sleep (\d+)/.exec(stop)?.[1]);
        const probe = at(set, ...CONTAINER, "readinessProbe") as { periodSeconds: number; failureThreshold: number };
        assert.ok(drain > probe.periodSeconds * probe.failureThreshold);
        assert.ok(drain < (at(set, ...POD, "terminationGracePeriodSeconds") as number));
    });

    it("begins undrained when its container is restarted", () => {
        assert.match(JSON.stringify(at(set, ...CONTAINER, "lifecycle", "postStart")), /rm -f \/tmp\/drain/);
    });

    it("starts after its database user exists and a node has a GPU to give", () => {
        const names = set.opts.dependsOn.map((urn) => urn.split("::").pop());
        assert.ok(names.includes("jellyfin-postgres-jellyfin-setup-job"));
        assert.ok(names.includes("files-csi"));
    });
});

describe("a canary of Jellyfin", () => {
    const partOf = (graph: Graph) => {
        const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const job = only(graph, "kubernetes:batch/v1:Job", "jellyfin-settings-job-job");
        const env = at(job, ...CONTAINER, "env") as { name: string; value?: string }[];
        return {
            partition: at(set, "spec", "updateStrategy", "rollingUpdate", "partition"),
            heldBack: env.find(({ name }) => name === "HELD_BACK")?.value,
        };
    };

    it("is the last pod: the others keep image and settings", async () => {
        assert.deepEqual(partOf(await build({ canary: true })), { partition: 1, heldBack: "1" });
    });

    it("is none where nobody asks for one", async () => {
        const { partition, heldBack } = partOf(await build());
        assert.deepEqual([partition ?? 0, heldBack], [0, "0"]);
    });
});

describe("a Jellyfin whose image shares state through Redis", () => {
    let graph: Graph;
    before(async () => {
        graph = await build({ redis: true });
    });

    it("is told where it is, and its password by a variable that it does not print", () => {
        const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const env = at(set, ...CONTAINER, "env") as { name: string; value?: string; valueFrom?: object }[];
        const of = (name: string) => env.find((variable) => variable.name === name);
        const connection = of("JELLYFIN_Jellyfin__TranscodeStore__RedisConnectionString");
        assert.equal(connection?.value, "jellyfin-redis.jellyfin.svc:6379,abortConnect=false");
        assert.deepEqual(of("TRANSCODE_STORE_REDIS_PASSWORD")?.valueFrom, {
            secretKeyRef: { name: "jellyfin-redis", key: "password" },
        });
    });

    it("decides itself which of its pods runs tasks", () => {
        const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const [, settings] = at(set, ...POD, "initContainers") as { env: { name: string; value?: string }[] }[];
        assert.equal(settings?.env.find(({ name }) => name === "ONE_POD_RUNS_TASKS")?.value, "false");
    });

    it("may reach it, and no other Jellyfin is told of one", async () => {
        const rules = at(only(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "jellyfin-web-network"), "spec");
        assert.match(JSON.stringify(rules), /"port":6379/);
        assert.doesNotMatch(JSON.stringify(await build().then(({ resources }) => resources)), /REDIS|Redis/);
    });
});

describe("the way in to Jellyfin", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is https, with the cookie jellyfin_server_id that keeps a user on one pod", () => {
        const route = only(graph, "kubernetes:traefik.io/v1alpha1:IngressRoute");
        assert.deepEqual(at(route, "spec", "entryPoints"), ["websecure"]);
        const cookie = at(route, "spec", "routes", 0, "services", 0, "sticky", "cookie");
        assert.deepEqual(cookie, { name: "jellyfin_server_id", secure: true, httpOnly: true });
    });

    it("is made when the first administrator is, and does not lead to the figures, however they are spelt", () => {
        const route = only(graph, "kubernetes:traefik.io/v1alpha1:IngressRoute");
        assert.ok(route.opts.dependsOn.some((urn) => urn.endsWith("::jellyfin-settings-job-job")));
        const match = String(at(route, "spec", "routes", 0, "match"));
        assert.match(match, /^Host\(`jellyfin\.example\.home\.arpa`\)( && !PathRegexp\(`\(\?i\)[^`]+`\))+$/);
        const hidden = [...match.matchAll(/!PathRegexp\(`\(\?i\)([^`]+)`\)/g)].map(([, rule = ""]) => rule);
        const isHidden = (path: string) => hidden.some((rule) => new RegExp(rule, "i").test(path));
        const disguised = ["/emby/%256detrics", "/emby/m%65trics"];
        for (const path of ["/metrics", "/emby/metrics", "/mediabrowser/metrics", ...disguised])
            for (const spelt of [path, path.toUpperCase()]) assert.ok(isHidden(spelt), spelt);
        for (const path of ["/", "/web/", "/emby/Items/1", "/mediabrowser/Genres/Sci%2FFi", "/Items/metrics"])
            assert.ok(!isHidden(path), path);
    });

    it("is what Jellyfin tells its programs", () => {
        const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const env = at(set, ...CONTAINER, "env") as { name: string; value?: string }[];
        const told = env.find(({ name }) => name === "JELLYFIN_PublishedServerUrl");
        assert.equal(told?.value, "https://jellyfin.example.home.arpa");
    });
});
