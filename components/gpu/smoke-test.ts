import * as pulumi from "@pulumi/pulumi";
import { Namespace } from "../namespace";
import { images } from "../versions";
import { Workload, type Identity, type Run, type Scratch } from "../workload";
import { accelerationOf, gpuDemand, type Graphics, type IntelAcceleration } from "./gpu";
import { SMOKE_TEST_PLACES, SMOKE_TEST_SCRIPT } from "./smoke-test-script";

export interface GpuSmokeTestArgs {
    readonly graphics: Graphics;
    /** How the media server speaks to an Intel GPU; default: as `accelerationOf` has it. */
    readonly ofIntel?: IntelAcceleration;
    /** Names of the nodes that are tried, each by a job of its own. */
    readonly nodes: readonly string[];
    /** Whether what works on the GPUs may take every share of one. Default: of those that are not shared alone. */
    readonly usedUp?: boolean;
}

const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "64Mi" };

/**
 * Transcodes one second of a test picture on the GPU of each node, in the way and with the rights of the media server. A job
 * that succeeded says which encoder was used (`kubectl -n <namespace> logs job/<name>`); one that failed says why.
 */
export class GpuSmokeTest extends pulumi.ComponentResource {
    /** What is to use the GPUs waits for it. */
    readonly passed: readonly pulumi.Resource[];

    constructor(name: string, args: GpuSmokeTestArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:gpu:GpuSmokeTest", name, { vendor: args.graphics.vendor, nodes: args.nodes }, opts);
        const namespace = new Namespace(name, { podSecurity: "restricted", partOf: "gpu" }, { parent: this });
        this.passed = args.nodes.map((node) => {
            const identity: Identity = {
                name: `smoke-test-${node}`,
                app: "jellyfin",
                component: "gpu-smoke-test",
                partOf: "gpu",
            };
            const pod = smokeTestPod(args, node);
            return new Workload(`${name}-${node}`, { identity, namespace: namespace.name, ...pod }, { parent: this })
                .controller;
        });
        this.registerOutputs({ nodes: args.nodes });
    }
}

function smokeTestPod({ graphics, ofIntel, usedUp = false }: GpuSmokeTestArgs, node: string) {
    const gpu = gpuDemand(graphics);
    const way = accelerationOf(graphics, ofIntel) ?? "none";
    const run: Run = {
        kind: "Job",
        retries: 1,
        // The image of the media server has to be pulled first.
        deadlineSeconds: 540,
        keepsFailedPods: true,
        // Others have all of such a GPU by the time that something changes here, and a new test would wait for them in vain.
        once: graphics.vendor !== "none" && (graphics.podsPerGpu === 1 || usedUp),
    };
    return {
        run,
        after: gpu.after,
        ...gpu.pod,
        requires: { ...gpu.pod.requires, node, architectures: ["amd64"] as const },
        runAs: { user: 1000, group: 1000 },
        container: {
            name: "transcode",
            image: images.jellyfin,
            command: ["/bin/sh", "-c", SMOKE_TEST_SCRIPT],
            env: { ...SMOKE_TEST_PLACES, ACCELERATION: way, HOME: "/tmp", ...gpu.env },
            resources: {
                cpu: "100m",
                memory: { request: "128Mi", limit: "1Gi" },
                devices: gpu.devices,
            },
            mounts: [{ volume: TEMPORARY, path: "/tmp" }],
        },
    };
}
