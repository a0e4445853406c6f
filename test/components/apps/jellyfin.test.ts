import assert from "node:assert/strict";
import { Jellyfin } from "../../../components/apps/jellyfin";
import { Postgres } from "../../../components/data";
import { BlockStorage, FileStorage, Library } from "../../../components/storage";
import { HOST_LABEL } from "../../../components/workload";
import { at, captureGraph, only, type CapturedResource, type Graph } from "../../support/graph";

const POD = ["spec", "template", "spec"] as const;
const CONTAINER = [...POD, "containers", 0] as const;

function build(): Promise<Graph> {
    return captureGraph(() => {
        const namespace = "jellyfin";
        const block = new BlockStorage("block", { replicas: 2, disposable: false });
        const files = new FileStorage("files", { nas: { address: "192.168.30.10", export: "/mnt/pool" } });
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

    it("is what Jellyfin tells its programs", () => {
        const set = only(graph, "kubernetes:apps/v1:StatefulSet", "jellyfin-web-statefulset");
        const env = at(set, ...CONTAINER, "env") as { name: string; value?: string }[];
        const told = env.find(({ name }) => name === "JELLYFIN_PublishedServerUrl");
        assert.equal(told?.value, "https://jellyfin.example.home.arpa");
    });
});
