import assert from "node:assert/strict";
import { parse } from "yaml";
import { CertManager } from "../../../components/certificates";
import {
    gpuDemand,
    GpuSmokeTest,
    gpuVendors,
    handOutGpus,
    noGpu,
    nvidiaGpuValues,
    type Gpu,
    type GpuVendor,
    type IntelAcceleration,
} from "../../../components/gpu";
import { Workload } from "../../../components/workload";
import { charts as standIns } from "../../../lab/charts";
import { exampleArgs, examplePod } from "../../support/example-workload";
import { at, captureGraph, ofType, only, type CapturedResource, type Graph } from "../../support/graph";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const POD = ["spec", "template", "spec"] as const;

/** The plugin of a maker for two models, a workload with one of its GPUs, and the smoke test of two nodes. */
function build(vendor: GpuVendor, ofIntel?: IntelAcceleration): Promise<Graph> {
    return captureGraph(() => {
        const certificates = new CertManager("cert-manager");
        const gpu = handOutGpus("gpu", { vendor, models: ["small", "large"], podsPerGpu: 3, certificates });
        new GpuSmokeTest("gpu-smoke-test", {
            graphics: gpu,
            ...(ofIntel && { ofIntel }),
            nodes: ["agent-1", "agent-2"],
        });
        const demand = gpuDemand(gpu);
        const { container } = examplePod;
        const resources = { ...container.resources, devices: demand.devices };
        new Workload(
            "player",
            exampleArgs({
                ...demand.pod,
                container: { ...container, resources, env: demand.env },
                after: demand.after,
            }),
        );
    });
}

function dependsOn({ opts }: CapturedResource): string[] {
    return opts.dependsOn.map((urn) => urn.split("::").pop() ?? "");
}

/** How each job of the smoke test speaks to its GPU. */
function triedWays(graph: Graph): unknown[] {
    return ofType(graph, "kubernetes:batch/v1:Job").map((job) => {
        const env = at(job, ...POD, "containers", 0, "env") as { name: string; value: string }[];
        return env.find(({ name }) => name === "ACCELERATION")?.value;
    });
}

/** What Jellyfin is told where the house says nothing. */
const ways: Readonly<Record<GpuVendor, string>> = { intel: "vaapi", nvidia: "nvenc", amd: "vaapi" };

const resources: Readonly<Record<GpuVendor, string>> = {
    intel: "gpu.intel.com/i915",
    nvidia: "nvidia.com/gpu",
    amd: "amd.com/gpu",
};

for (const vendor of gpuVendors) {
    describe(`GPUs of ${vendor}`, () => {
        let graph: Graph;
        before(async () => {
            graph = await build(vendor);
        });
        const plugins = () => ofType(graph, RELEASE).filter((release) => /^gpu-(small|large)$/.test(release.name));

        it("are handed out by a plugin on the nodes with each model, which offers what pods ask for", () => {
            const offered = plugins().map((release) => {
                const chart = standIns.find((one) => one.chart === at(release, "chart"));
                assert.equal(chart?.version, at(release, "version"));
                const values = at(release, "values") as Record<string, unknown>;
                const name = at(release, "name") as string;
                const objects = chart?.render({ name, namespace: "gpu", values }).objects ?? [];
                const [set] = objects.filter(({ kind }) => kind === "DaemonSet");
                const pod = (set as unknown as { spec: { template: Record<string, unknown> } }).spec.template;
                const { metadata, spec } = pod as {
                    metadata: { annotations: Record<string, string> };
                    spec: { nodeSelector: Record<string, string> };
                };
                return [spec.nodeSelector["homelab/gpu"], metadata.annotations["lab.homelab/device-resource"]];
            });
            assert.deepEqual(offered, [
                ["small", resources[vendor]],
                ["large", resources[vendor]],
            ]);
        });

        it("are asked for by a pod without a privilege, on nodes with either model", () => {
            const player = only(graph, "kubernetes:apps/v1:Deployment", "player-deployment");
            assert.equal(at(player, ...POD, "containers", 0, "resources", "limits", resources[vendor]), "1");
            assert.equal(at(player, ...POD, "containers", 0, "securityContext", "privileged"), undefined);
            assert.equal(at(player, ...POD, "volumes"), undefined);
            assert.equal(at(player, ...POD, "runtimeClassName"), vendor === "nvidia" ? "nvidia" : undefined);
            assert.match(JSON.stringify(at(player, ...POD, "affinity")), /"homelab\/gpu".*\["small","large"\]/);
            assert.deepEqual(
                dependsOn(player)
                    .filter((name) => name.startsWith("gpu-"))
                    .sort(),
                ["gpu-large", "gpu-small"],
            );
        });

        it("are tried in the way that Jellyfin speaks to them", () => {
            assert.deepEqual(triedWays(graph), [ways[vendor], ways[vendor]]);
        });

        it("are each tried by a job on its node, which ends by itself and keeps what it said", () => {
            const jobs = ofType(graph, "kubernetes:batch/v1:Job");
            assert.equal(jobs.length, 2);
            for (const [index, job] of jobs.entries()) {
                assert.match(
                    JSON.stringify(at(job, ...POD, "affinity")),
                    new RegExp(`"kubernetes.io/hostname".*\\["agent-${index + 1}"\\]`),
                );
                assert.equal(at(job, ...POD, "restartPolicy"), "Never");
                assert.ok((at(job, "spec", "activeDeadlineSeconds") as number) < 600);
                assert.equal(at(job, ...POD, "containers", 0, "resources", "limits", resources[vendor]), "1");
            }
        });
    });
}

describe("the smoke test of Intel's GPUs", () => {
    it("is Quick Sync where Jellyfin is told to use it", async () => {
        assert.deepEqual(triedWays(await build("intel", "qsv")), ["qsv", "qsv"]);
    });
});

describe("a GPU that pods share", () => {
    const shares = async (vendor: GpuVendor) => {
        const handed: Gpu[] = [];
        await captureGraph(() => {
            const certificates = new CertManager("cert-manager");
            handed.push(handOutGpus("gpu", { vendor, models: ["one"], podsPerGpu: 3, certificates }));
        });
        return handed[0]?.podsPerGpu;
    };

    it("is one of Intel or NVIDIA: AMD's plugin shares none", async () => {
        assert.deepEqual([await shares("intel"), await shares("nvidia"), await shares("amd")], [3, 3, 1]);
    });

    it("of NVIDIA is offered again and again by time slicing, which the plugin reads from its own file", () => {
        const { config } = nvidiaGpuValues("rtx", 4);
        assert.deepEqual(parse(config?.map[config.default] ?? ""), {
            version: "v1",
            sharing: { timeSlicing: { resources: [{ name: "nvidia.com/gpu", replicas: 4 }] } },
        });
        assert.equal(nvidiaGpuValues("rtx", 1).config, undefined);
    });
});

describe("no GPU", () => {
    it("asks for nothing, waits for nothing, and is tried on the processor", async () => {
        assert.deepEqual(gpuDemand(noGpu), { pod: {}, devices: {}, env: {}, after: [] });
        const graph = await captureGraph(() => {
            new GpuSmokeTest("smoke-test", { graphics: noGpu, nodes: ["agent-1"] });
        });
        const job = only(graph, "kubernetes:batch/v1:Job");
        assert.deepEqual(triedWays(graph), ["none"]);
        assert.deepEqual(Object.keys(at(job, ...POD, "containers", 0, "resources", "limits") as object), ["memory"]);
    });
});
