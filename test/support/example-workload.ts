import {
    http,
    Workload,
    type PodArgs,
    type Probe,
    type Probes,
    type Run,
    type WorkloadArgs,
} from "../../components/workload";
import { captureGraph, only, type CapturedResource, type Graph } from "./graph";

const probe: Probe = { check: http("/"), everySeconds: 5, timeoutSeconds: 1, failures: 3 };
export const exampleProbes: Probes = { startup: probe, readiness: probe, liveness: probe };

/** A pod that serves one port. */
export const examplePod: PodArgs = {
    runAs: { user: 1000, group: 1000 },
    container: {
        image: "docker.io/library/example:1.2.3",
        resources: { cpu: "100m", memory: { request: "64Mi", limit: "128Mi" } },
        serves: { ports: { http: 8080 }, probes: exampleProbes },
    },
};

export const one: Run = { kind: "Deployment", replicas: 1 };
export const two: Run = { kind: "Deployment", replicas: 2 };

/** Arguments of a workload that is right, with changes. */
export function exampleArgs(changes: Partial<WorkloadArgs> = {}): WorkloadArgs {
    const identity = { name: "example", app: "example", component: "web", partOf: "test" };
    return { identity, namespace: "rooms", run: one, ...examplePod, ...changes };
}

export function captureWorkload(changes: Partial<WorkloadArgs> = {}): Promise<Graph> {
    return captureGraph(() => {
        new Workload("example", exampleArgs(changes));
    });
}

/** The object that keeps the pods. */
export async function captureController(changes: Partial<WorkloadArgs> = {}): Promise<CapturedResource> {
    const graph = await captureWorkload(changes);
    const run = changes.run ?? one;
    const group = run.kind === "Job" || run.kind === "CronJob" ? "batch/v1" : "apps/v1";
    return only(graph, `kubernetes:${group}:${run.kind}`);
}
